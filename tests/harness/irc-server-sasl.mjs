// The server's side of SASL, correct and faulty, for irc-server.mjs.
//
// sasl: {
//   accounts: { name: 'password' },   fingerprints: { '<sha256 hex>': 'account' },
//   silent: true        AUTHENTICATE gets no reply
//   refuse: true        always 904; or ['PLAIN'] for some mechanisms only
//   lie: 'signature'    SCRAM: a wrong v=, then 903     'early': 903 before any v=     'iterations': i=1
//        'nonce'        a nonce that is not the client's        'huge': i=4000000
//   iterations: 4096
// }

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const PIECE = 400;

function hmac(hash, key, text) {
  return createHmac(hash, key).update(text).digest();
}

function say(peer, bytes) {
  const text = Buffer.from(bytes).toString('base64');
  if (text === '') {
    peer.raw('AUTHENTICATE +');
    return;
  }
  for (let i = 0; i < text.length; i += PIECE) peer.raw(`AUTHENTICATE ${text.slice(i, i + PIECE)}`);
  if (text.length % PIECE === 0) peer.raw('AUTHENTICATE +');
}

function succeed(peer, account) {
  peer.account = account;
  peer.sasl = null;
  peer.numeric(900, `${peer.mask} ${account} :You are now logged in as ${account}`);
  peer.numeric(903, ':SASL authentication successful');
}

function fail(peer) {
  peer.sasl = null;
  peer.numeric(904, ':SASL authentication failed');
}

// SCRAM with the hash of that name and length.
function scram(hash, length) {
  return function* answer(sasl, peer) {
    const first = (yield '').toString();
    const bare = first.slice('n,,'.length);
    const name = /^n=([^,]*)/.exec(bare)[1].replace(/=2C/g, ',').replace(/=3D/g, '=');
    const clientNonce = /,r=(.*)$/.exec(bare)[1];
    const nonce = (sasl.lie === 'nonce' ? 'another' : clientNonce) + randomBytes(12).toString('base64');
    const salt = sasl.salt ?? randomBytes(16);
    const lied = { iterations: 1, huge: 4000000 }[sasl.lie];
    const count = lied ?? sasl.iterations ?? 4096;
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${count}`;
    const final = (yield serverFirst).toString();
    const [without, proof] = /^(.*),p=(.*)$/.exec(final).slice(1);
    const salted = pbkdf2Sync((sasl.accounts?.[name] ?? '').normalize('NFKC'), salt, count, length, hash);
    const stored = createHash(hash).update(hmac(hash, salted, 'Client Key')).digest();
    const auth = `${bare},${serverFirst},${without}`;
    const signed = hmac(hash, stored, auth);
    const clientKey = Buffer.from(proof, 'base64').map((byte, i) => byte ^ signed[i]);
    if (!createHash(hash).update(clientKey).digest().equals(stored) || sasl.accounts?.[name] === undefined)
      return null;
    if (sasl.lie === 'early') return name;
    const signature = hmac(hash, hmac(hash, salted, 'Server Key'), auth);
    if (sasl.lie === 'signature') signature[0] ^= 1;
    yield `v=${signature.toString('base64')}`;
    return name;
  };
}

const mechanisms = {
  * PLAIN(sasl) {
    const [, account, password] = (yield '').toString().split('\0');
    return sasl.accounts?.[account] !== undefined && sasl.accounts[account] === password ? account : null;
  },

  * EXTERNAL(sasl, peer) {
    const asked = (yield '').toString();
    const print = peer.certificate?.raw && createHash('sha256').update(peer.certificate.raw).digest('hex');
    const account = print && sasl.fingerprints?.[print];
    return account && (asked === '' || asked === account) ? account : null;
  },

  'SCRAM-SHA-256': scram('sha256', 32),
  'SCRAM-SHA-512': scram('sha512', 64),
};

function step(sasl, peer, bytes) {
  const { value, done } = peer.sasl.run.next(bytes);
  if (!done) say(peer, value);
  else if (value && !peer.sasl.isRefused) succeed(peer, value);
  else fail(peer);
}

export function answerSasl(sasl, peer, text) {
  if (sasl.silent) return;
  if (text === '*') {
    peer.sasl = null;
    peer.numeric(906, ':SASL authentication aborted');
    return;
  }
  if (!peer.sasl) {
    const mechanism = mechanisms[text.toUpperCase()];
    if (!mechanism || sasl.offers?.includes(text.toUpperCase()) === false) {
      peer.numeric(908, `${sasl.offers ?? Object.keys(mechanisms).join(',')} :are available SASL mechanisms`);
      fail(peer);
      return;
    }
    const isRefused = sasl.refuse === true || (Array.isArray(sasl.refuse) && sasl.refuse.includes(text.toUpperCase()));
    peer.sasl = { run: mechanism(sasl, peer), gathered: '', isRefused };
    step(sasl, peer);
    return;
  }
  if (text.length > PIECE) {
    peer.sasl = null;
    peer.numeric(905, ':SASL message too long');
    return;
  }
  if (text !== '+') peer.sasl.gathered += text;
  if (text.length === PIECE) return;
  const bytes = Buffer.from(peer.sasl.gathered, 'base64');
  peer.sasl.gathered = '';
  step(sasl, peer, bytes);
}
