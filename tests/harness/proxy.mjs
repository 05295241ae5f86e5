// A scripted proxy on the loopback interface: CONNECT over TCP or TLS, or SOCKS5. It connects every name to 127.0.0.1, so that names
// which no name server knows can be used.
//
//   const proxy = await startProxy({ answer: (socket, head) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') });
//   proxy.asked    // ['irc.example.test:6697', ...]

import { createConnection, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

class Proxy {
  asked = [];
  #sockets = new Set();

  constructor({ tls, socks = false, answer, user, plain }) {
    Object.assign(this, { socks, answer, user, plain });
    const listener = (socket) => this.#serve(socket);
    this.server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.server.on('tlsClientError', () => {});
  }

  async start(scheme) {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `${scheme}://127.0.0.1:${this.port}`;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  // The next bytes of a socket, joined until enough() says so.
  #read(socket, enough) {
    return new Promise((resolve) => {
      let bytes = Buffer.alloc(0);
      const onData = (more) => {
        bytes = Buffer.concat([bytes, more]);
        if (!enough(bytes)) return;
        socket.off('data', onData);
        socket.pause();
        resolve(bytes);
      };
      socket.on('data', onData);
      socket.resume();
    });
  }

  async #serve(socket) {
    this.#keep(socket);
    if (this.socks) return this.#serveSocks(socket);
    if (this.plain) return socket.end(this.plain); // whatever it is asked
    const head = (await this.#read(socket, (bytes) => bytes.includes('\r\n\r\n'))).toString();
    this.asked.push(head.match(/^CONNECT (\S+)/)?.[1] ?? head);
    if (this.answer) return this.answer(socket, head, this);
    this.join(socket, 'HTTP/1.1 200 Connection established\r\n\r\n');
  }

  // Connect to the port that was asked for last, send a greeting, and pass the bytes on.
  join(socket, greeting, port = Number(this.asked.at(-1).match(/:(\d+)$/)[1])) {
    const server = createConnection({ host: '127.0.0.1', port }, () => {
      socket.write(greeting);
      socket.pipe(server).pipe(socket);
    });
    this.#keep(server);
  }

  async #serveSocks(socket) {
    const hello = await this.#read(socket, (bytes) => bytes.length >= 2 + bytes[1]);
    const wants = this.user ? 2 : 0;
    socket.write(Buffer.from([5, hello.subarray(2).includes(wants) ? wants : 255]));
    if (this.user) {
      const login = await this.#read(socket, (bytes) => bytes.length >= 3 && bytes.length >= 3 + bytes[1] + (bytes[2 + bytes[1]] ?? 0));
      const user = login.subarray(2, 2 + login[1]).toString(), password = login.subarray(3 + login[1]).toString();
      const isGood = `${user}:${password}` === this.user;
      socket.write(Buffer.from([1, isGood ? 0 : 1]));
      if (!isGood) return socket.end();
    }
    const request = await this.#read(socket, (bytes) => bytes.length >= 7 && bytes.length >= 7 + (bytes[3] === 3 ? bytes[4] : bytes[3] === 1 ? 3 : 15));
    const end = request.length - 2;
    this.asked.push(`${request[3] === 3 ? request.subarray(5, end).toString() : request.subarray(4, end).join('.')}:${request.readUInt16BE(end)}`);
    if (this.answer) return this.answer(socket, request, this);
    this.join(socket, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  }
}

export async function startProxy(options = {}) {
  const proxy = new Proxy(options);
  await proxy.start(options.socks ? 'socks5' : options.tls ? 'https' : 'http');
  return proxy;
}
