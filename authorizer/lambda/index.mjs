// The viewer-request function: hands a request to the authorizer and does what it says.
//
// Every decision is made in Rust; here are only the clock, the one RSA operation, and the shapes of
// CloudFront's events. Whatever goes wrong ends in a refusal: an unchanged request is never returned.

import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

// The headers whose values the authorizer reads (`READ_HEADERS`), and what its calls return.
const READ = new Set(['access-control-request-method', 'authorization', 'content-length', 'content-type', 'origin', 'transfer-encoding']);
const VERIFY = 1, ANSWER = 2, ALLOW = 4, BLANK_QUERY = 8, CREATE_ONLY = 16;

const read = (name) => readFileSync(new URL(name, import.meta.url));

function configure() {
  const module = new WebAssembly.Module(read('authorizer.wasm'));
  const rules = read('rules.json');
  const keys = read('keys.json');
  const publicKeys = JSON.parse(keys).keys.map((key) => createPublicKey({ key, format: 'jwk' }));
  // The first use of OpenSSL is slow; better now than in the first request.
  verify('RSA-SHA256', rules, publicKeys[0], Buffer.alloc(256));
  return () => {
    const wasm = new WebAssembly.Instance(module).exports;
    const memory = Buffer.from(wasm.memory.buffer);
    const input = memory.subarray(wasm.buffer(), wasm.buffer() + wasm.capacity());
    input.set(rules);
    input.set(keys, rules.length);
    if (wasm.configure(rules.length, keys.length) !== 0) throw new Error('rules.json or keys.json is refused');
    return { wasm, memory, input, publicKeys, results: new Uint32Array(wasm.memory.buffer, wasm.results(), 7) };
  };
}

let instantiate;
let instance;
try {
  instantiate = configure();
  instance = instantiate();
} catch (error) {
  console.error(`edgegate: cannot start: ${error.message}`);
}

// A read is described by the headers that matter, an upload by all, since unknown ones are deleted.
function describe({ method, uri, querystring, headers }, id) {
  const lines = [method, uri, querystring, id];
  for (const name of method === 'PUT' ? Object.keys(headers) : READ) {
    if (!Object.hasOwn(headers, name)) continue;
    for (const { value } of headers[name]) lines.push(name, READ.has(name) ? value : '');
  }
  if (!lines.every((line) => typeof line === 'string')) throw new TypeError('not a request');
  return lines;
}

function judge({ wasm, memory, input, publicKeys, results }, lines) {
  const text = lines.join('\n');
  if (text.length * 3 > input.length) throw new RangeError('the request is too large');
  let outcome = wasm.begin(input.write(text), lines.length, Math.floor(Date.now() / 1000));
  if (outcome === VERIFY) {
    const [signed, signedLength, signature, signatureLength, key] = results;
    const bytes = (start, length) => memory.subarray(start, start + length);
    const good = verify('RSA-SHA256', bytes(signed, signedLength), publicKeys[key], bytes(signature, signatureLength));
    outcome = wasm.finish(good === true ? 1 : 0);
  }
  if (outcome !== ANSWER && outcome < ALLOW) throw new Error('the authorizer was misused');
  return { outcome, text: memory.toString('utf8', results[5], results[5] + results[6]) };
}

function respond({ status, headers, body }) {
  const entries = Object.entries(headers).map(([key, value]) => [key, [{ key, value }]]);
  const response = { status: String(status), headers: Object.fromEntries(entries) };
  return body === '' ? response : { ...response, body, bodyEncoding: 'text' };
}

export async function handler(event) {
  try {
    const { config, request } = event.Records[0].cf;
    if (config.eventType !== 'viewer-request') throw new TypeError('not a viewer request');
    instance ??= instantiate();
    const { outcome, text } = judge(instance, describe(request, config.requestId));
    if (outcome === ANSWER) return respond(JSON.parse(text));
    for (const name of text.split('\n')) delete request.headers[name];
    if (outcome & BLANK_QUERY) request.querystring = '';
    if (outcome & CREATE_ONLY) request.headers['if-none-match'] = [{ key: 'If-None-Match', value: '*' }];
    return request;
  } catch (error) {
    // The state behind a trap is unknown: the next request gets a new instance. Not the message, as
    // it could quote the request.
    instance = undefined;
    console.error(`edgegate: refused after ${error?.name}`);
    const headers = { 'cache-control': 'no-store', 'content-type': 'application/json', 'x-content-type-options': 'nosniff' };
    return respond({ status: 500, headers, body: '{"error":"internal","message":"the request could not be judged"}' });
  }
}
