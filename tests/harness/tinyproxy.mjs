// A real tinyproxy 1.11 on the loopback interface.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Daemon, makeFolder } from './daemon.mjs';
import { freePort } from './ports.mjs';

const BINARY = process.env.TINYPROXY ?? '/usr/bin/tinyproxy';

class Tinyproxy extends Daemon {
  constructor({ log, ...options }) {
    super({ name: 'tinyproxy', command: BINARY, endMs: 15000, ...options });
    this.log = log;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  // "CONNECT 127.0.0.1:1234 HTTP/1.1" of each request so far.
  requests() {
    return [...readFileSync(this.log, 'utf8').matchAll(/Request .*?: ([A-Z]+ \S+)/g)].map(([, line]) => line);
  }
}

// options: more lines of the configuration, as 'BasicAuth me secret' or 'ConnectPort 443'.
export async function startTinyproxy(...options) {
  const dir = makeFolder('tinyproxy');
  const port = await freePort();
  const file = join(dir, 'tinyproxy.conf'), log = join(dir, 'log');
  writeFileSync(log, '');
  writeFileSync(file, `Port ${port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\nLogLevel Connect\nLogFile "${log}"\n${options.join('\n')}\n`);
  return new Tinyproxy({ args: ['-d', '-c', file], dir, port, log }).start();
}
