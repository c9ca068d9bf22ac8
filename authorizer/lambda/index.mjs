// The viewer-request function: hands a request to the authorizer and does what it says.
//
// Every decision is made in Rust, as is every answer, beforehand (answers.json); here are only the
// clock, the one signature, the shapes of CloudFront's events, fetching keys and writing logs.
// Whatever goes wrong ends in a refusal: an unchanged request is never returned.
//
// V8 reads a function twice, once for its syntax and again when it is called, unless it stands in
// parentheses (v8.dev/blog/preparser, "PIFEs"). In parentheses is all that a first request calls. And it
// reads a file of ASCII alone sooner. They are `var`, as V8 looks at each use of a `const` of a module whether
// it has its value yet: a microsecond of a request.

// Node has loaded both already, so this is faster than importing them.
const { createPublicKey, hash, verify } = process.getBuiltinModule('node:crypto');
const { readFileSync } = process.getBuiltinModule('node:fs');

// As in authorizer/wasm: the headers whose values are read, the methods, and what calls return.
const READ = ['authorization', 'origin', 'content-length', 'content-type', 'transfer-encoding', 'access-control-request-method', 'cookie'];
const METHODS = ['GET', 'HEAD', 'PUT', 'OPTIONS', 'POST'];
const VERIFY = 1, ANSWER = 2, ALLOW = 4, BLANK_QUERY = 8, CREATE_ONLY = 16, REPLY = 8;
const KNOWN = 0x40000000, DELETED = 0xffffffff;

// Milliseconds and bytes. One answer of the issuer serves everybody for a while, however many ask.
const REFRESH_PAUSE = 60_000, REFRESH_JITTER = 30_000, REFRESH_TIMEOUT = 1_000, REFRESHED_LIFE = 600_000;
const MAX_JWKS = 64 * 1024;
const MAX_KEYS = 16;
const MIN_MODULUS = 342; // characters of base64url: 2,048 bits
// How a token is refused whose key is new, or new under an old name: Clerk's `kid` is the instance.
const STALE_KEYS = ['jwk-kid-mismatch', 'token-invalid-signature'];
const ORIGIN = 'access-control-allow-origin';
const IS_KID = /^[\w+./:=-]{1,128}$/;
const IS_ID = /^[\w=-]{1,128}$/;
const NO_KEYS = { jwks: [], publicKeys: [] };

let deployment; // what is in the zip; undefined if that cannot be used
let floor; // the deployed keys, but for those that the issuer has dropped since
let keys; // those that count now,
let keysUntil = Infinity; // and for how long
let engine; // an instance of the authorizer with these keys
let nextRefresh = 0;
let refreshing;

// Lambda says where the code is, at the edge as well ("Restrictions on Lambda@Edge": reserved environment
// variables). Node takes a tenth of a millisecond to make `import.meta`.
const folder = process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname;
const read = (name) => readFileSync(`${folder}/${name}`);
let answers; // what can be answered, once that was needed

// What a key can be for (RFC 7518, sections 3.3 and 3.4); undefined for nothing of ours.
var algorithmOf = (function algorithmOf({ kty, crv }) {
  if (kty === 'RSA') return 'RS256';
  return kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined;
});

// Whether a key has the form that the authorizer judges: a public one of RSA with the exponent 65537, or
// of P-256 if this issuer signs with those.
var isFit = (function isFit(key) {
  const { kty, kid, n, e, x, y, d } = key;
  const isRsa = kty === 'RSA';
  const areTexts = typeof kid === 'string' && (isRsa ? typeof n === 'string' : typeof x === 'string' && typeof y === 'string');
  // The authorizer tells a key's algorithm by its length.
  const isLong = !isRsa || (areTexts && e === 'AQAB' && n.length >= MIN_MODULUS);
  return deployment.algorithms.includes(algorithmOf(key)) && d === undefined && areTexts && isLong;
});

var parseKeys = (function parseKeys(jwks) {
  if (!jwks.every(isFit)) throw new Error('a key is refused');
  // RFC 7518, section 3.4: a signature of a curve is two numbers, one after the other.
  const publicKey = (key) => createPublicKey({ key, format: 'jwk' });
  const toVerify = (key) => (key.kty === 'RSA' ? publicKey(key) : { key: publicKey(key), dsaEncoding: 'ieee-p1363' });
  return { jwks, publicKeys: jwks.map(toVerify) };
});

// As the authorizer takes a key: the modulus, or both coordinates.
var material = (function material({ kty, n, x, y }) {
  if (kty === 'RSA') return Buffer.from(n, 'base64url');
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
});

// An instance with these keys, that remembers no token. All its memory is there from the start and
// never moves, so views of it are made once.
var start = (function start({ jwks, publicKeys }) {
  const wasm = new WebAssembly.Instance(deployment.module).exports;
  const memory = Buffer.from(wasm.memory.buffer);
  const layout = new Uint32Array(wasm.memory.buffer, wasm.layout(), 16);
  const input = memory.subarray(layout[0], layout[0] + layout[1]);
  const lengths = new Uint32Array(wasm.memory.buffer, layout[2], layout[3]);
  let at = 0;
  let texts = 0;
  var add = (function add(bytes) {
    input.set(bytes, at);
    lengths[texts] = bytes.length;
    at += bytes.length;
    texts += 1;
  });
  add(deployment.rules);
  for (const key of jwks) {
    add(Buffer.from(key.kid));
    add(material(key));
  }
  if (wasm.configure(texts) !== 0) throw new Error('rules.bin or keys.json is refused');
  const none = memory.subarray(0, 0);
  return { wasm, memory, layout, input, lengths, publicKeys, signed: none, signature: none };
});

var currentEngine = (function currentEngine(now) {
  if (deployment === undefined) throw new Error('not deployed');
  if (keysUntil < now) [keys, keysUntil, engine] = [floor, Infinity, undefined];
  engine ??= start(keys);
  return engine;
});

// A request that the authorizer was never asked about: no reason to forget the tokens that it knows.
class Unreadable extends Error {
  name = 'Unreadable';
}

// Where the next text of a request is written, and how many there are.
let end = 0;
let count = 0;
let names = []; // of an upload's headers, in the order in which they are written

var putLength = (function putLength({ lengths }, length) {
  if (count === lengths.length) throw new Unreadable('too many headers');
  lengths[count] = length;
  count += 1;
});

var put = (function put(current, text) {
  if (typeof text !== 'string') throw new Unreadable('not a request');
  if (end + text.length * 3 > current.input.length) throw new Unreadable('too long');
  if (text === '') return putLength(current, 0);
  const length = current.input.write(text, end);
  end += length;
  return putLength(current, length);
});

// A header whose value is read, by the position of its name.
var putRead = (function putRead(current, position, values) {
  if (!Array.isArray(values)) throw new Unreadable('not a request');
  for (let at = 0; at < values.length; at += 1) {
    putLength(current, KNOWN + position);
    put(current, values[at].value);
  }
});

// Writes a request's texts one after the other, and their lengths apart.
var describeRequest = (function describeRequest(current, { method, uri, querystring, headers }) {
  end = 0;
  count = 0;
  put(current, uri);
  put(current, querystring);
  if (method === 'PUT') return describeUpload(current, headers);
  // Looked up by their names here, as names out of a list take several times as long.
  const found = [
    headers.authorization, headers.origin, headers['content-length'], headers['content-type'],
    headers['transfer-encoding'], headers['access-control-request-method'], headers.cookie,
  ];
  for (let position = 0; position < READ.length; position += 1) {
    if (found[position] !== undefined && Object.hasOwn(headers, READ[position])) putRead(current, position, found[position]);
  }
});

// All of an upload's headers, since unknown ones are deleted.
function describeUpload(current, headers) {
  names = [];
  for (const name of Object.keys(headers)) {
    const position = READ.indexOf(name);
    if (position >= 0) putRead(current, position, headers[name]);
    else {
      put(current, name);
      put(current, '');
    }
    while (2 + 2 * names.length < count) names.push(name);
  }
}

function deleteHeaders({ lengths }, headers) {
  for (const [at, name] of names.entries()) if (lengths[2 + 2 * at] === DELETED) delete headers[name];
}

var judge = (function judge(current, request, now) {
  const { wasm, memory, layout, publicKeys } = current;
  if (typeof request.method !== 'string') throw new Unreadable('not a request');
  describeRequest(current, request);
  const outcome = wasm.begin(METHODS.indexOf(request.method), count, Math.floor(now / 1000));
  if (outcome !== VERIFY) return outcome;
  // New views only for new lengths: an issuer's tokens nearly all have the same.
  if (current.signed.length !== layout[5]) current.signed = memory.subarray(layout[4], layout[4] + layout[5]);
  if (current.signature.length !== layout[7]) current.signature = memory.subarray(layout[6], layout[6] + layout[7]);
  // A Verify object would do it half a microsecond sooner, and leave megabytes to be collected.
  const good = verify('RSA-SHA256', current.signed, publicKeys[layout[8]], current.signature);
  return wasm.finish(good === true ? 1 : 0);
});

// What is known about the last request: for the log, and which answer it gets from where.
function describe({ wasm, memory, layout }, outcome) {
  if (wasm.describe() !== 0) throw new Error('misused');
  const text = (at) => (layout[at + 1] === 0 ? '' : memory.toString('utf8', layout[at], layout[at] + layout[at + 1]));
  return { reply: outcome >> REPLY, rule: layout[9], kid: text(10), subject: text(12), origin: text(14) };
}

// Lambda takes what is returned as JSON, which knows no `undefined`. Deleting takes V8 longer than all
// of the judging of a token that is known.
var forget = (function forget(headers) {
  if (headers.authorization !== undefined) headers.authorization = undefined;
  if (headers.cookie !== undefined) headers.cookie = undefined;
});

// Edits a request that is allowed; gives back what is answered, otherwise.
var decide = (function decide(request, id) {
  const now = Date.now();
  const current = currentEngine(now);
  const outcome = judge(current, request, now);
  if (outcome < ANSWER) throw new Error('misused');
  if (outcome & ANSWER) return answer(describe(current, outcome), request, id);
  if (!(outcome & ALLOW)) throw new Error('misused');
  if (request.method === 'PUT') deleteHeaders(current, request.headers);
  forget(request.headers);
  if (outcome & BLANK_QUERY) request.querystring = '';
  if (outcome & CREATE_ONLY) request.headers['if-none-match'] = [{ key: 'If-None-Match', value: '*' }];
  if (deployment.logged > 0 && Math.random() < deployment.logged) log('allowed', id, describe(current, outcome));
  return undefined;
});

// The answer of this number, to this request. Of the request it repeats the id alone, if that has
// the form of CloudFront's.
function answer(known, request, id) {
  answers ??= JSON.parse(read('answers.json'));
  const { status, code, headers, authorized, cors, body } = answers[known.reply];
  const response = { status, headers: { ...headers } };
  if (authorized !== undefined && request.headers.authorization?.length > 0) Object.assign(response.headers, authorized);
  if (known.origin !== '') {
    Object.assign(response.headers, cors);
    response.headers[ORIGIN] = [{ key: ORIGIN, value: known.origin }];
  }
  if (body !== undefined && request.method !== 'HEAD') {
    response.body = typeof id === 'string' && IS_ID.test(id) ? `${body.slice(0, -1)},"request_id":"${id}"}` : body;
    response.bodyEncoding = 'text';
  }
  return { known, code, response };
}

// One line. Of the token only whose it says it is, as a short hash, and which key it names. Lambda takes
// what is on stdout as it is; console.log would format it, and put in front what is no JSON.
function log(what, id, { kid, rule, subject }, code, status) {
  const line = JSON.stringify({
    edgegate: what,
    code,
    status: status && Number(status),
    request_id: id,
    rule: rule || undefined,
    kid: kid || undefined,
    subject: subject ? hash('sha256', subject).slice(0, 12) : undefined,
  });
  process.stdout.write(`${line}\n`);
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

// The keys of a set that can be used. Those for other purposes are passed over (RFC 7517, section 5); one for
// ours that the authorizer does not take is said. Each is tried by itself, so that it costs no other.
function usable(text) {
  const isFor = (key) => deployment.algorithms.includes(algorithmOf(key)) && [undefined, algorithmOf(key)].includes(key.alg);
  const isToVerify = ({ use = 'sig', key_ops: operations = ['verify'] }) => use === 'sig' && operations.includes('verify');
  const ours = JSON.parse(text).keys.filter((key) => isFor(key) && isToVerify(key));
  if (ours.length > MAX_KEYS) throw new RangeError('too many keys');
  return ours.filter((key) => {
    try {
      return judgeKey(start(parseKeys([key])), key);
    } catch {
      console.error(JSON.stringify({ edgegate: 'key refused', kid: IS_KID.test(key.kid) ? key.kid : undefined }));
      return false;
    }
  });
}

// Keys that were deployed have been judged then; those that come later are judged here. That a point is
// on its curve has been OpenSSL's to say, when it made a key of it.
function judgeKey({ wasm, input }, key) {
  const texts = key.kty === 'RSA' ? [key.n] : [key.x, key.y];
  const bytes = material(key);
  input.set(bytes);
  const isWeak = key.kty === 'RSA' ? wasm.judge_modulus(bytes.length) !== 0 : texts.some((text) => text.length !== 43);
  if (isWeak || texts.some((text) => Buffer.from(text, 'base64url').toString('base64url') !== text)) throw new Error('weak');
  return true;
}

// The issuer's keys count instead of ours, if there are any to use. A key of ours that is not among
// them is revoked, and stays so when the others have grown old.
function adopt(text) {
  const fresh = parseKeys(usable(text));
  if (fresh.jwks.length === 0) throw new Error('no keys');
  const freshEngine = start(fresh);
  const isSame = (one, other) => ['kid', 'kty', 'n', 'x', 'y'].every((name) => one[name] === other[name]);
  const isIn = ({ jwks }) => (one) => jwks.some((other) => isSame(one, other));
  const changed = !fresh.jwks.every(isIn(keys)) || !keys.jwks.every(isIn(fresh));
  const left = floor.jwks.filter(isIn(fresh));
  if (left.length < floor.jwks.length) floor = left.length === 0 ? NO_KEYS : parseKeys(left);
  if (changed) [keys, engine] = [fresh, freshEngine];
  keysUntil = Date.now() + REFRESHED_LIFE;
  return changed;
}

function failure() {
  const headers = {};
  for (const [key, value] of [['cache-control', 'no-store'], ['content-type', 'application/json'], ['x-content-type-options', 'nosniff']]) {
    headers[key] = [{ key, value }];
  }
  return { status: '500', headers, body: '{"error":"internal","message":"the request could not be judged"}', bodyEncoding: 'text' };
}

export const handler = (async function handler(event) {
  let id;
  try {
    const { config, request } = event.Records[0].cf;
    id = config.requestId;
    if (config.eventType !== 'viewer-request') throw new TypeError('not a viewer request');
    let refusal = decide(request, id);
    if (refusal !== undefined && STALE_KEYS.includes(refusal.code) && (await refresh())) refusal = decide(request, id);
    if (refusal === undefined) return request;
    const { known, code, response } = refusal;
    if (code !== undefined) log('refused', id, known, code, response.status);
    return response;
  } catch (error) {
    // The state behind a trap is unknown: the next request gets a new instance. Not the message, as
    // it could quote the request.
    if (!(error instanceof Unreadable)) engine = undefined;
    console.error(JSON.stringify({ edgegate: 'failed', error: error?.name, request_id: id }));
    return failure();
  }
});

try {
  const rules = read('rules.bin');
  const { jwks_url: jwksUrl, log_allows: logged = 0, algorithms = ['RS256'] } = JSON.parse(read('rules.json'));
  deployment = { module: new WebAssembly.Module(read('authorizer.wasm')), rules, jwksUrl, logged, algorithms };
  keys = floor = parseKeys(JSON.parse(read('keys.json')).keys);
  if (keys.jwks.length === 0) throw new Error('no keys');
  engine = start(keys);
  // The first use of OpenSSL is slow; better now than in the first request.
  verify('RSA-SHA256', rules, keys.publicKeys[0], Buffer.alloc(256));
} catch (error) {
  deployment = undefined;
  console.error(JSON.stringify({ edgegate: 'cannot start', error: error?.message }));
}
