// The viewer-request function: hands a request to the authorizer and does what it says.
//
// Every decision is made in Rust; here are only the clock, the one RSA operation, the shapes of
// CloudFront's events, fetching keys and writing logs. Whatever goes wrong ends in a refusal: an
// unchanged request is never returned.

// Faster to start than two imports, as Lambda's runtime has loaded both already.
const { createPublicKey, hash, verify } = process.getBuiltinModule('node:crypto');
const { readFileSync } = process.getBuiltinModule('node:fs');

// The headers whose values the authorizer reads (`READ_HEADERS`), and what its calls return and mean.
const READ = ['authorization', 'origin', 'content-length', 'content-type', 'transfer-encoding', 'access-control-request-method', 'cookie'];
const METHODS = ['GET', 'HEAD', 'PUT', 'OPTIONS'];
const VERIFY = 1, ANSWER = 2, ALLOW = 4, BLANK_QUERY = 8, CREATE_ONLY = 16, KNOWN = 0x80000000;
const COOKIE = READ.indexOf('cookie');

// Milliseconds. One answer of the issuer serves everybody for a while, however many ask.
const REFRESH_PAUSE = 60_000, REFRESH_JITTER = 30_000, REFRESH_TIMEOUT = 1_000, REFRESHED_LIFE = 600_000;
const MAX_JWKS = 64 * 1024;
// What a token of a key that is new, or new under an old name, is refused with.
const STALE_KEYS = new Set(['jwk-kid-mismatch', 'token-invalid-signature']);

let module;
let rules;
let settings;
let embedded = []; // the keys of the deployment, as long as the issuer has not dropped them
let keys; // { list, until }: those that count now
let engine;
let nextRefresh = 0;
let refreshing;

try {
  const read = (name) => readFileSync(new URL(name, import.meta.url));
  module = new WebAssembly.Module(read('authorizer.wasm'));
  rules = read('rules.json');
  settings = JSON.parse(rules);
  embedded = parseKeys(read('keys.json'));
  keys = { list: embedded, until: Infinity };
  engine = start(embedded);
  // The first use of OpenSSL is slow; better now than in the first request.
  verify('RSA-SHA256', rules, embedded[0].key, Buffer.alloc(256));
} catch (error) {
  engine = undefined;
  console.error(JSON.stringify({ edgegate: 'cannot start', error: error?.message }));
}

function parseKeys(text) {
  return JSON.parse(text).keys.map((jwk) => ({ jwk, key: createPublicKey({ key: jwk, format: 'jwk' }) }));
}

// An instance with nothing in its cache. All its memory is there from the start and never moves, so
// views of it are made once.
function start(list) {
  const wasm = new WebAssembly.Instance(module).exports;
  const memory = Buffer.from(wasm.memory.buffer);
  const layout = new Uint32Array(wasm.memory.buffer, wasm.layout(), 11);
  const input = memory.subarray(layout[0], layout[0] + layout[1]);
  const lengths = new Uint32Array(wasm.memory.buffer, layout[2], layout[3]);
  const jwks = Buffer.from(list.length === 0 ? '' : JSON.stringify({ keys: list.map(({ jwk }) => jwk) }));
  if (rules.length + jwks.length > input.length) throw new RangeError('rules.json and keys.json are too large');
  input.set(rules);
  input.set(jwks, rules.length);
  if (wasm.configure(rules.length, jwks.length) !== 0) throw new Error('rules.json or keys.json is refused');
  return { wasm, memory, layout, input, lengths, list, signed: [], signatures: [] };
}

// Passes the texts of a request, and gives the authorizer's outcome.
function judge({ wasm, memory, layout, input, lengths, list, signed, signatures }, { method, uri, querystring, headers }) {
  let end = 0;
  let count = 0;
  const put = (text) => {
    if (typeof text !== 'string') throw new TypeError('not a request');
    if (end + text.length * 3 > input.length || count >= lengths.length) throw new RangeError('the request is too large');
    const length = text === '' ? 0 : input.write(text, end);
    lengths[count] = length;
    count += 1;
    end += length;
  };
  const putKnown = (position, values) => {
    for (const { value } of values) {
      if (count >= lengths.length) throw new RangeError('the request is too large');
      lengths[count] = KNOWN + position;
      count += 1;
      put(value);
    }
  };
  put(uri);
  put(querystring);
  if (method === 'PUT') {
    // All of an upload's headers, since unknown ones are deleted.
    for (const name of Object.keys(headers)) {
      const position = READ.indexOf(name);
      if (position >= 0) {
        putKnown(position, headers[name]);
      } else {
        put(name);
        put('');
      }
    }
  } else {
    const last = settings.cookies === undefined ? COOKIE - 1 : COOKIE;
    for (let position = 0; position <= last; position += 1) {
      const values = headers[READ[position]];
      if (values !== undefined && Object.hasOwn(headers, READ[position])) putKnown(position, values);
    }
  }
  if (typeof method !== 'string') throw new TypeError('not a request');
  let outcome = wasm.begin(METHODS.indexOf(method), count, Math.floor(Date.now() / 1000));
  if (outcome === VERIFY) {
    const [, , , , from, length, signatureFrom, signatureLength, key] = layout;
    const data = (signed[length] ??= memory.subarray(from, from + length));
    const signature = (signatures[signatureLength] ??= memory.subarray(signatureFrom, signatureFrom + signatureLength));
    outcome = wasm.finish(verify('RSA-SHA256', data, list[key].key, signature) === true ? 1 : 0);
  }
  if (outcome !== ANSWER && outcome < ALLOW) throw new Error('the authorizer was misused');
  return outcome;
}

// The text a call has left behind: only ASCII, but for the subject, which is never shown.
const text = ({ memory, layout }) => memory.latin1Slice(layout[9], layout[9] + layout[10]);

// What is known about the last request, and the answer to it if it is refused.
function describe(current, id) {
  const length = typeof id === 'string' && id.length <= 128 ? current.input.write(id, 0) : 0;
  if (current.wasm.describe(length) !== 0) throw new Error('the authorizer was misused');
  const [kid, rule, subject, status, code, ...rest] = text(current).split('\n');
  return { kid, rule: Number(rule), subject, status, code, rest };
}

function respond({ status, rest }) {
  const headers = {};
  for (let position = 0; position + 1 < rest.length; position += 2) {
    headers[rest[position]] = [{ key: rest[position], value: rest[position + 1] }];
  }
  const body = rest.at(-1);
  return body === '' ? { status, headers } : { status, headers, body, bodyEncoding: 'text' };
}

// One line. Of the token only whose it says it is, as a short hash, and which key it names.
function log(what, id, { kid, rule, subject, status, code }) {
  console.log(JSON.stringify({
    edgegate: what,
    code: code || undefined,
    status: status && Number(status),
    request_id: id,
    rule: rule || undefined,
    kid: kid || undefined,
    subject: subject && hash('sha256', Buffer.from(subject, 'latin1')).slice(0, 12),
  }));
}

// Asks the issuer for its keys, rarely, and tells whether that changed anything. A failure changes
// nothing; whoever comes in the pause after it is refused without waiting.
function refresh() {
  if (refreshing !== undefined) return refreshing;
  if (settings.jwks_url === undefined || Date.now() < nextRefresh) return false;
  nextRefresh = Date.now() + REFRESH_PAUSE + Math.random() * REFRESH_JITTER;
  refreshing = fetchKeys()
    .then(adopt)
    .catch((error) => {
      console.error(JSON.stringify({ edgegate: 'keys not refreshed', error: error?.name }));
      return false;
    })
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}

async function fetchKeys() {
  const signal = AbortSignal.timeout(REFRESH_TIMEOUT);
  const response = await fetch(settings.jwks_url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  if (response.status !== 200) throw new Error('unexpected status');
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MAX_JWKS) throw new RangeError('too many keys');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

// The issuer's keys count instead of ours, if the authorizer finds nothing wrong with any of them. A
// key of ours that is not among them is revoked, and stays so when the others have grown old.
function adopt(jwks) {
  const list = parseKeys(jwks);
  const fresh = start(list);
  const same = (one, other) => one.jwk.kid === other.jwk.kid && one.jwk.n === other.jwk.n;
  const within = (some, others) => some.every((one) => others.some((other) => same(one, other)));
  const changed = !within(list, keys.list) || !within(keys.list, list);
  embedded = embedded.filter((one) => list.some((other) => same(one, other)));
  keys = { list: changed ? list : keys.list, until: Date.now() + REFRESHED_LIFE };
  if (changed) engine = fresh;
  return changed;
}

function currentEngine() {
  if (keys.until < Date.now()) {
    keys = { list: embedded, until: Infinity };
    engine = undefined;
  }
  engine ??= start(keys.list);
  return engine;
}

function pass(request, outcome, current) {
  delete request.headers.authorization;
  delete request.headers.cookie;
  if (request.method === 'PUT') {
    for (const name of text(current).split('\n')) delete request.headers[name];
  }
  if (outcome & BLANK_QUERY) request.querystring = '';
  if (outcome & CREATE_ONLY) request.headers['if-none-match'] = [{ key: 'If-None-Match', value: '*' }];
  return request;
}

export async function handler(event) {
  let id;
  try {
    const { config, request } = event.Records[0].cf;
    id = config.requestId;
    if (config.eventType !== 'viewer-request') throw new TypeError('not a viewer request');
    let current = currentEngine();
    let outcome = judge(current, request);
    if (outcome !== ANSWER) {
      const passed = pass(request, outcome, current);
      if (settings.log_allows > 0 && Math.random() < settings.log_allows) log('allowed', id, describe(current, ''));
      return passed;
    }
    let refusal = describe(current, id);
    if (STALE_KEYS.has(refusal.code) && (await refresh())) {
      current = currentEngine();
      outcome = judge(current, request);
      if (outcome !== ANSWER) return pass(request, outcome, current);
      refusal = describe(current, id);
    }
    if (refusal.code !== '') log('refused', id, refusal);
    return respond(refusal);
  } catch (error) {
    // The state behind a trap is unknown: the next request gets a new instance. Not the message, as
    // it could quote the request.
    engine = undefined;
    console.error(JSON.stringify({ edgegate: 'failed', error: error?.name, request_id: id }));
    const rest = ['cache-control', 'no-store', 'content-type', 'application/json', 'x-content-type-options', 'nosniff'];
    return respond({ status: '500', rest: [...rest, '{"error":"internal","message":"the request could not be judged"}'] });
  }
}
