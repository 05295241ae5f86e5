// Ports on the loopback interface: find a free one, check whether one is in use, and count its connections.

import { readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';

// The kernel gives ports from this one on to connections and to servers that ask for any: they are never free for long.
const [ephemeral] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
const FIRST = 10240;
const TRIES = 100;
const LISTENING = '0A'; // proc(5): a state of /proc/net/tcp

const given = new Set(); // to this process

const canListen = (port) => new Promise((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});

// A port that stays free until the caller listens on it: other test files run at the same time, so it is chosen by chance.
export async function freePort() {
  for (let i = 0; i < TRIES; i++) {
    const port = FIRST + Math.floor(Math.random() * (ephemeral - FIRST));
    if (given.has(port) || !await canListen(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error(`none of ${TRIES} ports from ${FIRST} to ${ephemeral} is free`);
}

export function isOpen(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}

// The connections that a server on this port of 127.0.0.1 has accepted and not closed: of each, the bytes that it has not read.
export function unread(port) {
  const here = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state, , , , , , inode]) => local === here && state !== LISTENING && inode !== '0') // which an accepted one has
    .map(([, , , , queues]) => parseInt(queues.split(':')[1], 16));
}

// How many these are.
export const accepted = (port) => unread(port).length;
