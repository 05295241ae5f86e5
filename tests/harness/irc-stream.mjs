// A connection for lines over TCP or TLS, with the part of WebSocket's interface that IrcClient needs.

import { EventEmitter } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

class LineStream extends EventEmitter {
  protocol = '';

  // tls: { ca, cert, key, servername, rejectUnauthorized }, for ircs.
  constructor(url, tls) {
    super();
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isTls = protocol === 'ircs:';
    this.socket = isTls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
    this.socket.setNoDelay(true); // lines are sent without a delay
    this.socket.setEncoding('utf8');
    let rest = '';
    this.socket.on(isTls ? 'secureConnect' : 'connect', () => this.emit('open'));
    this.socket.on('data', (data) => {
      const lines = (rest + data).split(/\r?\n/);
      rest = lines.pop();
      if (lines.length) this.emit('message', lines.join('\n'));
    });
    this.socket.on('error', (error) => this.emit('error', error));
    this.socket.on('close', () => this.emit('close', 0, ''));
  }

  send(line) {
    this.socket.write(`${line}\r\n`);
  }

  close() {
    this.socket.end();
  }

  terminate() {
    this.socket.destroy();
  }
}

export function isStream(url) {
  return /^ircs?:/.test(url);
}

export function openStream(url, tls) {
  return new LineStream(url, tls);
}
