// The viewer-request function: hands a request to the authorizer and does what it says.
//
// Every decision is made in Rust; here are only the clock, the one RSA operation, the shapes of
// CloudFront's events, fetching keys and writing logs. Whatever goes wrong ends in a refusal: an
// unchanged request is never returned.

// Node has loaded both already, so this is faster than importing them.
const { createPublicKey, hash, verify } = process.getBuiltinModule('node:crypto');
const { readFileSync } = process.getBuiltinModule('node:fs');

// As in authorizer/wasm: the headers whose values are read, the methods, and what calls return.
const READ = ['authorization', 'origin', 'content-length', 'content-type', 'transfer-encoding', 'access-control-request-method', 'cookie'];
const METHODS = ['GET', 'HEAD', 'PUT', 'OPTIONS', 'POST'];
const VERIFY = 1, ANSWER = 2, ALLOW = 4, BLANK_QUERY = 8, CREATE_ONLY = 16, KNOWN = 0x40000000;

// Milliseconds and bytes. One answer of the issuer serves everybody for a while, however many ask.
const REFRESH_PAUSE = 60_000, REFRESH_JITTER = 30_000, REFRESH_TIMEOUT = 1_000, REFRESHED_LIFE = 600_000;
const MAX_JWKS = 64 * 1024;
const MAX_KEYS = 16;
// How a token is refused whose key is new, or new under an old name: Clerk's `kid` is the instance.
const STALE_KEYS = new Set(['jwk-kid-mismatch', 'token-invalid-signature']);
const NO_KEYS = { text: '', jwks: [], publicKeys: [] };

let deployment; // what is in the zip; undefined if that cannot be used
let floor; // the deployed keys, but for those that the issuer has dropped since
let keys; // those that count now, …
let keysUntil = Infinity; // … and for how long
let engine; // an instance of the authorizer with these keys
let nextRefresh = 0;
let refreshing;

try {
  const read = (name) => readFileSync(new URL(name, import.meta.url));
  const rules = read('rules.bin');
  const { jwks_url: jwksUrl, log_allows: logged = 0 } = JSON.parse(read('rules.json'));
  deployment = { module: new WebAssembly.Module(read('authorizer.wasm')), rules, jwksUrl, logged };
  keys = floor = parseKeys(read('keys.json').toString());
  engine = start(keys);
  // The first use of OpenSSL is slow; better now than in the first request.
  verify('RSA-SHA256', rules, keys.publicKeys[0], Buffer.alloc(256));
} catch (error) {
  deployment = undefined;
  console.error(JSON.stringify({ edgegate: 'cannot start', error: error?.message }));
}

function parseKeys(text) {
  const jwks = JSON.parse(text).keys;
  return { text, jwks, publicKeys: jwks.map((key) => createPublicKey({ key, format: 'jwk' })) };
}

// An instance that remembers no token. All its memory is there from the start and never moves, so
// views of it are made once.
function start({ text, publicKeys }) {
  const wasm = new WebAssembly.Instance(deployment.module).exports;
  const memory = Buffer.from(wasm.memory.buffer);
  const layout = new Uint32Array(wasm.memory.buffer, wasm.layout(), 11);
  const input = memory.subarray(layout[0], layout[0] + layout[1]);
  const lengths = new Uint32Array(wasm.memory.buffer, layout[2], layout[3]);
  const jwks = Buffer.from(text);
  input.set(deployment.rules);
  input.set(jwks, deployment.rules.length);
  if (wasm.configure(deployment.rules.length, jwks.length) !== 0) throw new Error('rules.bin or keys.json is refused');
  return { wasm, memory, layout, input, lengths, publicKeys };
}

function currentEngine(now) {
  if (deployment === undefined) throw new Error('not deployed');
  if (keysUntil < now) [keys, keysUntil, engine] = [floor, Infinity, undefined];
  engine ??= start(keys);
  return engine;
}

// Where the next text of a request is written, and how many there are.
let end = 0;
let count = 0;

function putLength({ lengths }, length) {
  if (count === lengths.length) throw new RangeError('too many headers');
  lengths[count] = length;
  count += 1;
}

function put(current, text) {
  if (typeof text !== 'string') throw new TypeError('not a request');
  if (end + text.length * 3 > current.input.length) throw new RangeError('too long');
  const length = current.input.write(text, end);
  putLength(current, length);
  end += length;
}

// A header whose value is read, by the position of its name.
function putRead(current, position, values) {
  if (!Array.isArray(values)) throw new TypeError('not a request');
  for (let at = 0; at < values.length; at += 1) {
    putLength(current, KNOWN + position);
    put(current, values[at].value);
  }
}

// Writes a request's texts one after the other, and their lengths apart.
function describeRequest(current, { method, uri, querystring, headers }) {
  end = 0;
  count = 0;
  put(current, uri);
  put(current, querystring);
  if (method === 'PUT') return describeUpload(current, headers);
  for (let position = 0; position < READ.length; position += 1) {
    const values = headers[READ[position]];
    if (values !== undefined && Object.hasOwn(headers, READ[position])) putRead(current, position, values);
  }
}

// All of an upload's headers, since unknown ones are deleted.
function describeUpload(current, headers) {
  for (const name of Object.keys(headers)) {
    const position = READ.indexOf(name);
    if (position >= 0) putRead(current, position, headers[name]);
    else {
      put(current, name);
      put(current, '');
    }
  }
}

function judge(current, request, now) {
  const { wasm, memory, layout, publicKeys } = current;
  if (typeof request.method !== 'string') throw new TypeError('not a request');
  describeRequest(current, request);
  const outcome = wasm.begin(METHODS.indexOf(request.method), count, Math.floor(now / 1000));
  if (outcome !== VERIFY) return outcome;
  const [, , , , signed, signedLength, signature, signatureLength, key] = layout;
  const bytes = (from, length) => memory.subarray(from, from + length);
  const good = verify('RSA-SHA256', bytes(signed, signedLength), publicKeys[key], bytes(signature, signatureLength));
  return wasm.finish(good === true ? 1 : 0);
}

// What the last call has left behind.
const textOf = ({ memory, layout }) => memory.toString('utf8', layout[9], layout[9] + layout[10]);

// What is known about the last request, and the answer to it if it is refused.
function describe(current, id) {
  const length = typeof id === 'string' && id.length <= 128 ? current.input.write(id, 0) : 0;
  if (current.wasm.describe(length) !== 0) throw new Error('misused');
  const [kid, rule, subject, status, code, ...answer] = textOf(current).split('\n');
  return { kid, rule: Number(rule), subject, status, code, answer };
}

// Edits a request that is allowed; gives back why it is not, otherwise.
function decide(request, id) {
  const now = Date.now();
  const current = currentEngine(now);
  const outcome = judge(current, request, now);
  if (outcome === ANSWER) return describe(current, id);
  if (outcome < ALLOW) throw new Error('misused');
  delete request.headers.authorization;
  delete request.headers.cookie;
  if (request.method === 'PUT') for (const name of textOf(current).split('\n')) delete request.headers[name];
  if (outcome & BLANK_QUERY) request.querystring = '';
  if (outcome & CREATE_ONLY) request.headers['if-none-match'] = [{ key: 'If-None-Match', value: '*' }];
  if (deployment.logged > 0 && Math.random() < deployment.logged) log('allowed', id, describe(current, ''));
  return undefined;
}

function respond({ status, answer }) {
  const headers = {};
  for (let at = 0; at + 1 < answer.length; at += 2) headers[answer[at]] = [{ key: answer[at], value: answer[at + 1] }];
  const body = answer.at(-1);
  return body === '' ? { status, headers } : { status, headers, body, bodyEncoding: 'text' };
}

// One line. Of the token only whose it says it is, as a short hash, and which key it names.
function log(what, id, { kid, rule, subject, status, code }) {
  console.log(JSON.stringify({
    edgegate: what,
    code: code || undefined,
    status: Number(status) || undefined,
    request_id: id,
    rule: rule || undefined,
    kid: kid || undefined,
    subject: subject ? hash('sha256', subject).slice(0, 12) : undefined,
  }));
}

// Asks the issuer for its keys, rarely, and tells whether that changed anything. A failure changes
// nothing; whoever comes in the pause after it is refused without waiting, whatever key they name.
function refresh() {
  const { jwksUrl: url } = deployment;
  if (refreshing !== undefined || url === undefined || Date.now() < nextRefresh) return refreshing;
  nextRefresh = Date.now() + REFRESH_PAUSE + Math.random() * REFRESH_JITTER;
  refreshing = fetchKeys(url).then(adopt).catch((error) => {
    console.error(JSON.stringify({ edgegate: 'keys not refreshed', error: error?.name }));
    return false;
  }).finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function fetchKeys(url) {
  const signal = AbortSignal.timeout(REFRESH_TIMEOUT);
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
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

// The keys of a set that can be used. Those for other purposes are passed over (RFC 7517 §5); one for
// ours that the authorizer does not take is said. Each is tried by itself, so that it costs no other.
function usable(text) {
  const ours = JSON.parse(text).keys.filter(({ kty, alg = 'RS256', use = 'sig' }) => kty === 'RSA' && alg === 'RS256' && use === 'sig');
  if (ours.length > MAX_KEYS) throw new RangeError('too many keys');
  const good = ours.filter((key) => {
    try {
      return start(parseKeys(JSON.stringify({ keys: [key] })));
    } catch {
      console.error(JSON.stringify({ edgegate: 'key refused', kid: /^[\w-]{1,128}$/.test(key.kid) ? key.kid : undefined }));
      return false;
    }
  });
  return JSON.stringify({ keys: good });
}

// The issuer's keys count instead of ours, if there are any to use. A key of ours that is not among
// them is revoked, and stays so when the others have grown old.
function adopt(text) {
  const fresh = parseKeys(usable(text));
  const freshEngine = start(fresh);
  const isIn = ({ jwks }) => (one) => jwks.some((other) => one.kid === other.kid && one.n === other.n);
  const changed = !fresh.jwks.every(isIn(keys)) || !keys.jwks.every(isIn(fresh));
  const left = floor.jwks.filter(isIn(fresh));
  if (left.length < floor.jwks.length) floor = left.length === 0 ? NO_KEYS : parseKeys(JSON.stringify({ keys: left }));
  if (changed) [keys, engine] = [fresh, freshEngine];
  keysUntil = Date.now() + REFRESHED_LIFE;
  return changed;
}

export async function handler(event) {
  let id;
  try {
    const { config, request } = event.Records[0].cf;
    id = config.requestId;
    if (config.eventType !== 'viewer-request') throw new TypeError('not a viewer request');
    let refusal = decide(request, id);
    if (STALE_KEYS.has(refusal?.code) && (await refresh())) refusal = decide(request, id);
    if (refusal === undefined) return request;
    if (refusal.code !== '') log('refused', id, refusal);
    return respond(refusal);
  } catch (error) {
    // The state behind a trap is unknown: the next request gets a new instance. Not the message, as
    // it could quote the request.
    engine = undefined;
    console.error(JSON.stringify({ edgegate: 'failed', error: error?.name, request_id: id }));
    const answer = ['cache-control', 'no-store', 'content-type', 'application/json', 'x-content-type-options', 'nosniff'];
    return respond({ status: '500', answer: [...answer, '{"error":"internal","message":"the request could not be judged"}'] });
  }
}
