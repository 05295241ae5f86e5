// TLS to a real InspIRCd, with ircs:// and wss://: the bot accepts only the right certificate, the log gives the reason and
// advice for others, and the server gets the bot's client certificate.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { fingerprintOf, makeCertificate } from '../harness/certificates.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { leave, life, pings, settle } from '../harness/irc-life.mjs';

let server;

before(async () => {
  server = await startInspircd();
});

after(() => server?.stop());

async function refused(gateway, reason) {
  const bot = await startBot({ config: { gateways: [gateway] } });
  const line = await bot.waitForLog(/.*not connected: .*/);
  assert.match(line[0], reason);
  assert.match(line[0], /\[irc\]/);
  await bot.stop();
  assert.doesNotMatch(bot.log(), /ready: gateway/);
}

for (const scheme of ['ircs', 'wss']) {
  const gateway = (more) => server.gateway({ url: server[scheme], ...more });

  test(`${scheme}: with the right CA the bot connects with TLS and answers`, async () => {
    const home = await settle(server, { url: server[scheme], ca_file: server.caFile });
    await pings(home.anna);
    home.anna.send('WHOIS episoded');
    await home.anna.expect((line) => line.verb === '671'); // is using a secure connection
    assert.deepEqual(home.bot.complaints(), []);
    await leave(home);
  });

  test(`${scheme}: another CA: refused with advice`, async () => {
    await refused(gateway({ ca_file: server.otherCaFile }), /certificate from an unknown CA.*"ca_file"/);
  });

  test(`${scheme}: a CA that the system does not trust: refused with advice`, async () => {
    await refused(gateway(), /certificate from an unknown CA.*"ca_file"/);
  });

  test(`${scheme}: a certificate for another name: refused`, async () => {
    const other = await startInspircd({ names: 'DNS:elsewhere.example.org' });
    await refused(other.gateway({ url: other[scheme], ca_file: other.caFile }), /certificate for another host/);
    await other.stop();
  });

  test(`${scheme}: TLS to a port that does not speak it`, async () => {
    const port = server.ports[scheme === 'ircs' ? 'irc' : 'ws'];
    await refused(gateway({ url: `${scheme}://localhost:${port}`, ca_file: server.caFile }), /TLS handshake|connection/);
  });
}

test('no TLS to a port that requires it', async () => {
  await refused(server.gateway({ url: `ws://localhost:${server.ports.wss}/` }), /not connected: /);
  await refused(server.gateway({ url: `irc://localhost:${server.ports.ircs}` }), /closed|lost|no answer/);
});

for (const address of ['127.0.0.1', '[::1]', 'localhost']) {
  test(`ircs://${address}: the certificate names this address`, async () => {
    const home = await settle(server, { url: `ircs://${address}:${server.ports.ircs}`, ca_file: server.caFile });
    await pings(home.anna);
    await leave(home);
  });
}

test('an address that is not in the certificate: refused', async () => {
  const named = await startInspircd({ names: 'DNS:localhost' });
  for (const address of ['127.0.0.1', '[::1]'])
    await refused(named.gateway({ url: `ircs://${address}:${named.ports.ircs}`, ca_file: named.caFile }), /certificate for another host/);
  await named.stop();
});

test('a self-signed certificate: refused with advice; accepted with its fingerprint pinned', async () => {
  const own = await startInspircd({ names: null });
  await refused(own.gateway({ url: own.ircs }), /self-signed certificate.*"fingerprint"/);
  await refused(own.gateway({ url: own.ircs, fingerprint: server.fingerprint }), /another fingerprint.*"fingerprint"/);
  const home = await settle(own, { url: own.ircs, fingerprint: [server.fingerprint, own.fingerprint] });
  await pings(home.anna);
  await leave(home);
  await own.stop();
});

test('with a pinned fingerprint neither CA nor name are checked', async () => {
  const other = await startInspircd({ names: 'DNS:elsewhere.example.org' });
  const home = await settle(other, { url: other.ircs, fingerprint: other.fingerprint.replaceAll(':', '').toLowerCase() });
  await pings(home.anna);
  await leave(home);
  await other.stop();
});

test('the server gets the bot\'s client certificate', async () => {
  const own = makeCertificate(server.dir, 'bot', server.authority, 'DNS:bot');
  const home = await settle(server, { url: server.ircs, ca_file: server.caFile, certificate: own.cert, key: own.key });
  home.anna.send('WHOIS episoded');
  const shown = await home.anna.expect((line) => line.verb === '276'); // has client certificate fingerprint
  const fingerprint = fingerprintOf(own.cert).replaceAll(':', '').toLowerCase();
  assert.ok(shown.raw.includes(fingerprint), `${shown.raw} is not ${fingerprint}`);
  await leave(home);
});

test('a certificate with another certificate\'s key: refused at the start, in words', async () => {
  const own = makeCertificate(server.dir, 'bot2', server.authority, 'DNS:bot');
  const gateway = server.gateway({ url: server.ircs, ca_file: server.caFile, certificate: own.cert, key: server.tls.key });
  await assert.rejects(startBot({ config: { gateways: [gateway] } }), /our own key .* does not belong to the certificate/);
});

for (const [name, lives] of Object.entries(life)) {
  test(`ircs: ${name}`, { timeout: 240000 }, () => lives(server, { url: server.ircs, ca_file: server.caFile }));
}
