// CAs and server certificates for one test, made with the openssl command.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

let env = process.env, days = { authority: '2', server: '1' };

// For bots whose clock is wrong: certificates made from now on are valid from the time of this environment, for 150 years.
export function makeValidFrom(environment) {
  env = { ...process.env, ...environment };
  days = { authority: '54750', server: '54750' };
}

function openssl(...args) {
  execFileSync('openssl', args, { stdio: 'pipe', env });
}

export function makeAuthority(dir, name) {
  const key = join(dir, `${name}.key`);
  const cert = join(dir, `${name}.pem`);
  openssl('req', '-x509', ...KEY, '-keyout', key, '-out', cert, '-days', days.authority, '-subj', `/CN=${name}`);
  return { key, cert };
}

// names: "DNS:localhost,IP:127.0.0.1"
export function makeCertificate(dir, name, authority, names) {
  const key = join(dir, `${name}.key`);
  const request = join(dir, `${name}.csr`);
  const cert = join(dir, `${name}.pem`);
  const extensions = join(dir, `${name}.ext`);
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  openssl('req', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
  openssl('x509', '-req', '-in', request, '-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial',
    '-out', cert, '-days', days.server, '-extfile', extensions);
  return { key, cert };
}

// SHA-256, as "AB:CD:...".
export function fingerprintOf(cert) {
  return new X509Certificate(readFileSync(cert)).fingerprint256;
}
