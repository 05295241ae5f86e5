// Requests with files: multipart/form-data with the JSON as "payload_json" and the files as "files[n]".

import { ApiError } from './api-error.mjs';
import { snowflake } from './snowflake.mjs';

const FILE_MAX_BYTES = 10 * 1024 * 1024;
const files = new WeakMap(); // body -> [{id, filename, type, bytes}]

const broken = (message) => new ApiError(400, 50035, 'Invalid Form Body', { _errors: [{ code: 'MULTIPART_INVALID', message }] });

function partsOf(raw, boundary) {
  const mark = Buffer.from(`--${boundary}`);
  const parts = [];
  let at = raw.indexOf(mark);
  if (at !== 0) throw broken('The body does not begin with its boundary.');
  for (;;) {
    const from = at + mark.length;
    if (raw.subarray(from, from + 2).toString() === '--') return parts;
    at = raw.indexOf(mark, from);
    if (at < 0) throw broken('The body does not end with its boundary.');
    const part = raw.subarray(from + 2, at - 2);
    const end = part.indexOf('\r\n\r\n');
    if (end < 0) throw broken('A part has no headers.');
    parts.push({ headers: part.subarray(0, end).toString(), bytes: part.subarray(end + 4) });
  }
}

// The JSON of a request; its files are kept beside it.
export function parseUpload(raw, contentType) {
  const boundary = contentType.match(/boundary=([\w'()+,./:=? -]{1,70})$/)?.[1];
  if (!boundary) throw broken('There is no boundary.');
  const found = [];
  let json;
  for (const { headers, bytes } of partsOf(raw, boundary)) {
    const name = headers.match(/name="([^"]*)"/)?.[1];
    const filename = headers.match(/filename="([^"]*)"/)?.[1];
    const type = headers.match(/Content-Type: (\S+)/i)?.[1];
    if (bytes.length > FILE_MAX_BYTES) throw new ApiError(413, 40005, 'Request entity too large');
    if (name === 'payload_json') json = bytes.toString();
    else if (/^files\[\d+\]$/.test(name)) found.push({ id: name.match(/\d+/)[0], filename, type, bytes });
    else throw broken(`There is no part ${name}.`);
  }
  const body = JSON.parse(json);
  files.set(body, found);
  return body;
}

// The attachments of a message that this request makes. Each file is described in it, and each picture in it is one of the files.
export function attachmentsOf(body, data = body) {
  const found = files.get(body) ?? [];
  const named = [...JSON.stringify(data).matchAll(/attachment:\/\/([^"]+)"/g)].map(([, name]) => name);
  for (const name of named) if (!found.some(({ filename }) => filename === name)) throw broken(`There is no file ${name}.`);
  for (const { id, filename } of found)
    if (!data.attachments?.some((each) => String(each.id) === id && each.filename === filename)) throw broken(`${filename} is not described.`);
  return found.map(({ filename, type, bytes }) => ({ id: snowflake(), filename, content_type: type, size: bytes.length, url: `https://cdn.invalid/${filename}` }));
}
