// WebSocket frames of a server, made by hand for tests that cut, join or split them.

const TEXT = 1;
const BINARY = 2;

export function frame(payload, { isBinary = false, isFirst = true, isLast = true } = {}) {
  const opcode = (isLast ? 0x80 : 0) | (isFirst ? (isBinary ? BINARY : TEXT) : 0);
  let head;
  if (payload.length < 126) {
    head = Buffer.from([opcode, payload.length]);
  } else if (payload.length < 65536) {
    head = Buffer.from([opcode, 126, 0, 0]);
    head.writeUInt16BE(payload.length, 2);
  } else {
    head = Buffer.alloc(10);
    head[0] = opcode;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, payload]);
}

// One message in fragments of at most this many bytes.
export function fragments(payload, isBinary, bytes) {
  const frames = [];
  for (let at = 0; at === 0 || at < payload.length; at += bytes)
    frames.push(
      frame(payload.subarray(at, at + bytes), { isBinary, isFirst: at === 0, isLast: at + bytes >= payload.length }),
    );
  return frames;
}
