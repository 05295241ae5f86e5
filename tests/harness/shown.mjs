// Check output: it must not contain characters that a terminal, a log reader or systemd would interpret.

import assert from 'node:assert/strict';

// The list of bot/base/utf8.h; a line feed ends a line of the log and is allowed there.
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/gu;
const NOTIFICATION = /^(READY=1|RELOADING=1\nMONOTONIC_USEC=\d+|STOPPING=1|WATCHDOG=1|STATUS=[^\n]*)$/;
const NOTIFICATION_MAX_BYTES = 4096; // systemd ignores a longer one

// List each forbidden character or byte, with its line.
export function forbiddenIn(bytes) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lines = bytes.toString('latin1').split('\n');
    return lines.filter((line) => Buffer.from(line, 'latin1').toString('utf8').includes('\ufffd')).map((line) => `not UTF-8: ${JSON.stringify(line)}`);
  }
  return [...text.matchAll(FORBIDDEN)].map(({ 0: found, index }) => {
    const line = text.slice(text.lastIndexOf('\n', index) + 1).split('\n')[0];
    return `U+${found.codePointAt(0).toString(16).padStart(4, '0')} in ${JSON.stringify(line)}`;
  });
}

export function assertShown(bytes, what) {
  assert.deepEqual(forbiddenIn(bytes), [], `${what}: bytes that must not leave the program`);
}

// Check that each datagram is of a known kind, and quotes text from outside on one line.
export function assertNotifications(datagrams) {
  for (const datagram of datagrams) {
    assert.match(datagram.toString('latin1'), NOTIFICATION, 'a notification that systemd must not get');
    assert.ok(datagram.length <= NOTIFICATION_MAX_BYTES, `a notification of ${datagram.length} bytes`);
    assertShown(datagram, 'sd_notify');
  }
}
