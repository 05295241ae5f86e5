// A TCP relay between the bot and a server, which a test can cut and close: while it is closed, the bot cannot connect. While it is
// frozen, connections stay open and no byte passes, as with a cable that is pulled out.

import { connect, createServer } from 'node:net';

const gates = new Map(); // port of the connection to the server -> the gate

export class Gate {
  #pairs = new Set();
  #accepted = new Set();
  #isOpen = true;
  #isFrozen = false;

  // What a server can tell about a client: the gate it came through, by its port.
  static of(remotePort) {
    return gates.get(remotePort);
  }

  static async open(port, name) {
    const gate = new Gate();
    gate.name = name;
    gate.listener = createServer((near) => gate.#accept(near, port));
    await new Promise((resolve) => gate.listener.listen(0, '127.0.0.1', resolve));
    gate.listener.unref();
    gate.port = gate.listener.address().port;
    gate.url = `irc://127.0.0.1:${gate.port}`;
    return gate;
  }

  // An HTTP proxy (CONNECT) to every port of the loopback interface.
  static async openProxy(name) {
    const gate = await Gate.open(null, name);
    gate.url = `http://127.0.0.1:${gate.port}`;
    return gate;
  }

  #accept(near, port) {
    near.on('error', () => {});
    this.#accepted.add(near);
    near.on('close', () => this.#accepted.delete(near));
    if (!this.#isOpen) near.destroy();
    else if (port !== null) this.#relay(near, port);
    else this.#readTarget(near);
  }

  #readTarget(near) {
    let head = '';
    const onData = (bytes) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      near.off('data', onData);
      near.pause();
      const port = Number(head.match(/^CONNECT \S+?:(\d+) /)?.[1]);
      if (port && this.#isOpen) this.#relay(near, port, 'HTTP/1.1 200 Connection established\r\n\r\n');
      else near.destroy();
    };
    near.on('data', onData);
  }

  #relay(near, port, greeting) {
    const far = connect({ host: '127.0.0.1', port });
    const pair = [near, far];
    this.#pairs.add(pair);
    let farPort;
    far.once('connect', () => {
      farPort = far.localPort;
      gates.set(farPort, this);
      if (greeting) near.write(greeting);
    });
    if (this.onLine) this.#split(near);
    far.once('close', () => gates.get(farPort) === this && setTimeout(() => gates.delete(farPort), 1000).unref());
    for (const [one, other] of [[near, far], [far, near]]) {
      one.setNoDelay(true);
      if (this.#isFrozen) one.pause();
      else one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        if (this.#isFrozen) return; // reopen() ends the other one
        other.end();
        this.#pairs.delete(pair);
      });
    }
  }

  // onLine(line) is told every line from the bot, as it comes.
  #split(near) {
    let rest = '';
    near.on('data', (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split(/\r?\n/);
      rest = lines.pop();
      for (const line of lines) this.onLine(line);
    });
  }

  // End the connections with a reset, what is in transit included.
  cut() {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  close() {
    this.#isOpen = false;
    this.cut();
  }

  // Pass nothing on, and end nothing.
  freeze() {
    this.#isFrozen = true;
    for (const [near, far] of this.#pairs)
      for (const [one, other] of [[near, far], [far, near]]) {
        one.unpipe(other);
        one.pause();
      }
  }

  // After freeze() what was under way is lost, and both ends learn it.
  reopen() {
    this.#isOpen = true;
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.cut();
  }

  async end() {
    this.close();
    for (const socket of this.#accepted) socket.destroy();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}
