// A real tinyproxy 1.11 on the loopback interface.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort, isOpen } from './ports.mjs';
import { Process, within } from './process.mjs';

const BINARY = process.env.TINYPROXY ?? '/usr/bin/tinyproxy';

class Tinyproxy {
  constructor(fields) {
    Object.assign(this, fields);
    this.url = `http://127.0.0.1:${this.port}`;
  }

  async start() {
    this.process = new Process(BINARY, ['-d', '-c', this.file], { cwd: this.dir });
    for (const until = Date.now() + 15000; !(await isOpen(this.port)); await sleep(20))
      if (Date.now() > until || this.process.end) throw new Error(`tinyproxy did not start:\n${this.process.log()}`);
  }

  // "CONNECT 127.0.0.1:1234 HTTP/1.1" of each request so far.
  requests() {
    return [...readFileSync(this.log, 'utf8').matchAll(/Request .*?: ([A-Z]+ \S+)/g)].map(([, line]) => line);
  }

  async stop() {
    this.process.kill('SIGTERM');
    await within(15000, 'the end of tinyproxy', this.process.ended);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

// options: more lines of the configuration, as 'BasicAuth me secret' or 'ConnectPort 443'.
export async function startTinyproxy(...options) {
  const dir = mkdtempSync(join(tmpdir(), 'tinyproxy-'));
  const port = await freePort();
  const file = join(dir, 'tinyproxy.conf'), log = join(dir, 'log');
  writeFileSync(log, '');
  writeFileSync(file, `Port ${port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\nLogLevel Connect\nLogFile "${log}"\n${options.join('\n')}\n`);
  const proxy = new Tinyproxy({ dir, port, file, log });
  await proxy.start();
  return proxy;
}
