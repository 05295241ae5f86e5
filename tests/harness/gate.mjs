// A TCP relay between the bot and a server, which a test can cut and close: while it is closed, the bot cannot connect.

import { connect, createServer } from 'node:net';

export class Gate {
  #pairs = new Set();
  #isOpen = true;

  static async open(port) {
    const gate = new Gate();
    gate.listener = createServer((near) => gate.#relay(near, port));
    await new Promise((resolve) => gate.listener.listen(0, '127.0.0.1', resolve));
    gate.listener.unref();
    gate.url = `irc://127.0.0.1:${gate.listener.address().port}`;
    return gate;
  }

  #relay(near, port) {
    if (!this.#isOpen) {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port });
    const pair = [near, far];
    this.#pairs.add(pair);
    for (const [one, other] of [[near, far], [far, near]]) {
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.end();
        this.#pairs.delete(pair);
      });
    }
  }

  // End the connections with a reset, what is in transit included.
  cut() {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  close() {
    this.#isOpen = false;
    this.cut();
  }

  reopen() {
    this.#isOpen = true;
  }

  async end() {
    this.close();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}
