// What outsiders did to the service, from this side of the container: run in its network with "nsenter --net".
//
//   hostile.mjs websocket PORT REASON   a WebSocket IRC server; lets the bot in and closes with REASON, again and again
//   hostile.mjs h2c PORT                "Upgrade: h2c", the preface of HTTP/2, and a DATA frame
//   hostile.mjs connect PORT            CONNECT
import { createHash } from 'node:crypto';
import { createServer, createConnection } from 'node:net';

const [what, portText, reason = ''] = process.argv.slice(2);
const port = Number(portText);
const deadline_ms = 3000;

/** A WebSocket frame as a server sends it: not masked, at most 125 bytes. */
function frame(opcode, payload) {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
}

/** An HTTP/2 frame. */
function http2Frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function serveWebSocket() {
  const text = Buffer.from(reason.replaceAll('\\n', '\n'));
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {}); // the bot may be killed in the middle of it: that is what the test looks at
    socket.on('data', (bytes) => {
      if (head.includes('\r\n\r\n')) return;
      head += bytes;
      if (!head.includes('\r\n\r\n')) return;
      const key = /^sec-websocket-key: (.*)$/im.exec(head)[1].trim();
      const accept = createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n` +
        'Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n');
      for (const line of [':s 001 bot :hi', ':s 005 bot CASEMAPPING=ascii :are', ':s 422 bot :none']) {
        socket.write(frame(1, Buffer.from(line)));
      }
      socket.write(frame(8, Buffer.concat([Buffer.from([0x03, 0xe8]), text])));
      console.log('closed');
      socket.end();
    });
  });
  setTimeout(() => process.exit(1), 15 * 60 * 1000); // in case nothing ends it before
  server.listen(port, '127.0.0.1', () => console.log('listening'));
}

/** Send the chunks one after another's answer (or 300 ms), print the first line of what comes back. */
function attack(chunks) {
  const socket = createConnection(port, '127.0.0.1');
  let heard = '', next;
  const send = () => {
    clearTimeout(next);
    if (chunks.length === 0) {
      socket.destroy();
      return;
    }
    socket.write(chunks.shift());
    next = setTimeout(send, 300);
  };
  socket.setTimeout(deadline_ms, () => socket.destroy());
  socket.on('connect', send);
  socket.on('data', (bytes) => { heard += bytes.toString('latin1'); });
  socket.on('error', (error) => console.log(error.message));
  socket.on('close', () => {
    clearTimeout(next);
    console.log(JSON.stringify(heard.split('\r\n')[0]));
  });
}

const host = `Host: 127.0.0.1:${port}\r\n`;
if (what === 'websocket') {
  serveWebSocket();
} else if (what === 'h2c') {
  attack([
    `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame(4, 0, 0, Buffer.alloc(0))]),
    http2Frame(0, 1, 1, Buffer.from('xxxxxx')),
  ]);
} else if (what === 'connect') {
  attack([`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${host}\r\n`,
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame(4, 0, 0, Buffer.alloc(0))]),
    http2Frame(0, 1, 1, Buffer.from('xxxxxx'))]);
} else {
  console.error('hostile.mjs websocket|h2c|connect PORT [REASON]');
  process.exitCode = 64;
}
