// Hostile texts that attack readers of the log, the terminal or systemd's status.

const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

// Each ends with its own word, so that a test can see that it arrived. isText: valid UTF-8, which fits into JSON and text frames.
export const HOSTILE = [
  { name: 'commands to systemd', isText: true, bytes: bytes('bye\nWATCHDOG=trigger\nMAINPID=1\nRELOADING=1\n lines') },
  { name: 'carriage returns', isText: true, bytes: bytes('bye\rSTOPPING=1\r\nFDSTORE=1 returns') },
  { name: 'as long as a close reason can be', isText: true, bytes: bytes('\nRELOADING=1'.repeat(9), '\nlongest') },
  { name: 'escape sequences', isText: true, bytes: bytes('\x1b[2J\x1b]0;owned\x07\x1b[31m\x08\x7f escapes') },
  { name: 'C1 controls', isText: true, bytes: bytes('\u009b2J\u009d0;owned\u009c\u0085\u0080\u009f highs') },
  { name: 'C1 controls as bytes', bytes: bytes([0x9b], '31m', [0x9d], '0;owned', [0x9c, 0x85], ' raws') },
  { name: 'bidirectional controls', isText: true, bytes: bytes('\u202etxt.exe\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c bidis') },
  { name: 'line separators', isText: true, bytes: bytes('one\u2028STATUS=two\u2029three seps') },
  { name: 'overlong forms and surrogates', bytes: bytes([0xc0, 0x8a], 'WATCHDOG=1', [0xe0, 0x80, 0x9b, 0xed, 0xa0, 0x80, 0xf5, 0xff], ' wrongs') },
  { name: 'half a character', bytes: bytes('온조 halves', [0xec, 0x98]) },
  { name: 'cut in a character', isText: true, bytes: bytes('온'.repeat(30), ' cuts') },
  { name: 'a NUL', isText: true, bytes: bytes('before\0WATCHDOG=trigger nuls') },
  { name: 'formats', isText: true, bytes: bytes('%s%n%x%1000d formats') },
];

// As a word or the last parameter of an IRC line: line breaks are removed, because another test sends them.
export function inOneLine(hostile) {
  return Buffer.from(hostile.bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0));
}

// The last word of each, which remains in the cleaned text.
export function wordOf(hostile) {
  return hostile.bytes.toString('latin1').match(/([a-z]+)[^a-z]*$/)[1];
}
