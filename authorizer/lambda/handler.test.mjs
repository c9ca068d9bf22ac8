// The handler against the built module: EDGEGATE_BUNDLE_DIR=<folder with index.mjs and authorizer.wasm> node --test
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const APP = 'https://app.example.com';
const ISSUER = 'https://clerk.example.com';
const KID = 'ins_2abcDEF';
const bundle = process.env.EDGEGATE_BUNDLE_DIR;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEYS = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }] });
const RULES = JSON.stringify({
  issuer: ISSUER,
  authorized_parties: [APP],
  cors_origins: [APP],
  uploads: { max_size: 1000, content_types: ['image/png'], create_only: true },
  rules: [{ methods: ['PUT'], path: '/users/{sub}/**' }, { methods: ['GET'], path: '/**' }],
});
const folders = [];
let handler;

async function load({ wasm, rules = RULES, keys = KEYS } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'edgegate-'));
  folders.push(folder);
  copyFileSync(join(bundle, 'index.mjs'), join(folder, 'index.mjs'));
  writeFileSync(join(folder, 'authorizer.wasm'), wasm ?? readFileSync(join(bundle, 'authorizer.wasm')));
  writeFileSync(join(folder, 'rules.json'), rules);
  writeFileSync(join(folder, 'keys.json'), keys);
  return (await import(pathToFileURL(join(folder, 'index.mjs')))).handler;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function mint(claims = {}, header = {}, key = privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const input = [
    encode({ alg: 'RS256', kid: KID, typ: 'JWT', ...header }),
    encode({ azp: APP, exp: now + 60, iat: now, iss: ISSUER, nbf: now - 10, sid: 'sess_1', sub: 'user_1', v: 2, ...claims }),
  ].join('.');
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
}

// Values are a text, or a list of texts for a header that is repeated.
function makeEvent({ headers = {}, ...request } = {}) {
  const entries = Object.entries({ host: 'd1.cloudfront.net', ...headers })
    .map(([name, value]) => [name, [value].flat().map((value) => ({ key: name, value }))]);
  const config = { distributionId: 'E1', eventType: 'viewer-request', requestId: '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_Bz==' };
  return {
    Records: [{
      cf: {
        config,
        request: { clientIp: '203.0.113.1', method: 'GET', uri: '/a.png', querystring: '', headers: Object.fromEntries(entries), ...request },
      },
    }],
  };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const upload = (headers = {}) => ({
  method: 'PUT',
  uri: '/users/user_1/a.png',
  headers: { ...bearer(mint()), 'content-type': 'image/png', 'content-length': '1000', ...headers },
});

async function refused(request, status, code) {
  const response = await handler(makeEvent(request));
  assert.equal(response.status, String(status));
  assert.equal(response.headers['cache-control'][0].value, 'no-store');
  assert.equal(JSON.parse(response.body).error, code);
  return response;
}

function failedClosed(response) {
  assert.equal(response.status, '500');
  assert.equal(response.body, '{"error":"internal","message":"the request could not be judged"}');
  assert.equal(response.headers['cache-control'][0].value, 'no-store');
  assert.ok(!('uri' in response));
}

before(async () => {
  assert.ok(bundle, 'EDGEGATE_BUNDLE_DIR is not set');
  handler = await load();
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

test('a read with a good token passes, without token, cookie and query', async () => {
  const event = makeEvent({ querystring: 'a=b', headers: { ...bearer(mint()), cookie: ['a=1', 'b=2'], accept: '*/*' } });
  const { request } = event.Records[0].cf;
  const passed = await handler(event);
  assert.equal(passed, request);
  assert.deepEqual(Object.keys(passed.headers), ['host', 'accept']);
  assert.equal(passed.querystring, '');
  assert.equal(passed.uri, '/a.png');
});

test('an upload is made create-only and loses what would become metadata', async () => {
  const headers = { 'if-none-match': '"etag"', 'if-match': '*', 'cache-control': 'no-store', via: '2.0 a', 'user-agent': 'test' };
  const passed = await handler(makeEvent(upload(headers)));
  assert.deepEqual(Object.keys(passed.headers).sort(), ['content-length', 'content-type', 'host', 'if-none-match', 'user-agent', 'via']);
  assert.deepEqual(passed.headers['if-none-match'], [{ key: 'If-None-Match', value: '*' }]);
});

test('refusals have a status, a code and a challenge', async () => {
  const missing = await refused({}, 401, 'token-missing');
  assert.equal(missing.headers['www-authenticate'][0].value, 'Bearer realm="edgegate"');
  const expired = await refused({ headers: { ...bearer(mint({ exp: 1 })), origin: APP } }, 401, 'token-expired');
  assert.equal(expired.headers['access-control-allow-origin'][0].value, APP);
  assert.equal(JSON.parse(expired.body).retry, true);
  assert.equal(JSON.parse(expired.body).request_id, '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_Bz==');
  const changed = mint().replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
  await refused({ headers: bearer(changed) }, 401, 'token-invalid-signature');
  await refused({ headers: bearer(mint({}, { kid: 'ins_other' })) }, 401, 'jwk-kid-mismatch');
  await refused({ headers: { authorization: ['Bearer a', 'Bearer b'] } }, 400, 'invalid_request');
  await refused({ headers: { authorization: 'Bearer a\nBearer b' } }, 400, 'invalid_request');
  await refused({ uri: '/a\nb' }, 400, 'path-not-canonical');
  await refused({ uri: '/users/user_1/../user_2/a.png' }, 400, 'path-not-canonical');
  await refused({ uri: '/\u{e9}' }, 400, 'path-not-canonical');
  await refused({ uri: '/\ud800' }, 400, 'path-not-canonical');
  const other = await refused({ method: 'DELETE' }, 405, 'method-not-allowed');
  assert.equal(other.headers.allow[0].value, 'GET, HEAD, PUT');
  await refused({ ...upload(), uri: '/users/user_2/a.png' }, 403, 'insufficient_scope');
  await refused(upload({ 'x-amz-copy-source': '/b/k' }), 400, 'header-not-allowed');
  await refused(upload({ 'content-length': '1001' }), 413, 'upload-too-large');
  await refused(upload({ 'content-type': 'image/svg+xml' }), 415, 'content-type-not-allowed');
  await refused({ ...upload(), querystring: 'uploads' }, 400, 'query-not-allowed');
  await refused({ headers: bearer('x'.repeat(8193)) }, 400, 'token-too-large');
});

test('a refusal of HEAD has no body', async () => {
  const response = await handler(makeEvent({ method: 'HEAD' }));
  assert.equal(response.status, '401');
  assert.ok(!('body' in response));
});

test('a preflight is answered without a token', async () => {
  const ask = (origin) => handler(makeEvent({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } }));
  const known = await ask(APP);
  assert.equal(known.status, '204');
  assert.ok(!('body' in known));
  assert.equal(known.headers['access-control-allow-origin'][0].value, APP);
  assert.equal(known.headers['access-control-allow-methods'][0].value, 'GET, HEAD, PUT');
  const foreign = await ask('https://evil.example');
  assert.equal(foreign.status, '204');
  assert.ok(!('access-control-allow-origin' in foreign.headers));
});

test('headers named like members of Object.prototype mean nothing', async () => {
  const event = makeEvent(upload({ constructor: 'x', 'x-other': 'y' }));
  const { headers } = event.Records[0].cf.request;
  Object.defineProperty(headers, '__proto__', { value: [{ value: 'z' }], enumerable: true, configurable: true, writable: true });
  const passed = await handler(event);
  assert.deepEqual(Object.keys(passed.headers).sort(), ['content-length', 'content-type', 'host', 'if-none-match']);
  const inherited = makeEvent();
  const proto = { authorization: [{ value: `Bearer ${mint()}` }] };
  inherited.Records[0].cf.request.headers = Object.create(proto);
  assert.equal((await handler(inherited)).status, '401');
});

test('malformed events fail closed, and the next request is judged again', async () => {
  const broken = [
    undefined, null, 1, 'x', {}, { Records: [] }, { Records: [{}] }, { Records: [{ cf: {} }] },
    makeEvent({ uri: undefined }), makeEvent({ uri: 7 }), makeEvent({ querystring: null }),
    makeEvent({ method: {} }), makeEvent({ uri: `/${'a'.repeat(100000)}` }), makeEvent({ headers: { authorization: Array(1000).fill('x') } }),
  ];
  const odd = makeEvent();
  odd.Records[0].cf.request.headers = { authorization: 'Bearer x' };
  const none = makeEvent();
  delete none.Records[0].cf.request.headers;
  const origin = makeEvent({ headers: bearer(mint()) });
  origin.Records[0].cf.config.eventType = 'origin-request';
  for (const event of [...broken, odd, none, origin]) failedClosed(await handler(event));
  assert.equal((await handler(makeEvent({ headers: bearer(mint()) }))).uri, '/a.png');
});

// A module whose exported function `name` begins with `unreachable`: what a bug in it would look like.
function trapIn(wasm, name) {
  const bytes = Buffer.from(wasm);
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  let index;
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 7) {
      for (let left = number(); left > 0; left -= 1) {
        const length = number();
        const found = bytes.toString('utf8', at, at + length) === name;
        at += length + 1;
        const target = number();
        if (found) index = target;
      }
    }
    if (section === 10) {
      number();
      for (let left = index; left > 0; left -= 1) at = number() + at;
      number();
      for (let locals = number(); locals > 0; locals -= 1) {
        number();
        at += 1;
      }
      bytes[at] = 0x00;
    }
    at = end;
  }
  assert.notDeepEqual(bytes, wasm);
  return bytes;
}

test('a trap is a refusal, and the next request gets a new instance', async (context) => {
  context.mock.method(console, 'error', () => {});
  const good = readFileSync(join(bundle, 'authorizer.wasm'));
  let instances = 0;
  context.mock.method(WebAssembly, 'Instance', new Proxy(WebAssembly.Instance, {
    construct(target, values) {
      instances += 1;
      return Reflect.construct(target, values);
    },
  }));
  const passing = () => makeEvent({ headers: bearer(mint()) });
  const poisoned = await load({ wasm: trapIn(good, 'describe') });
  assert.equal((await poisoned(passing())).uri, '/a.png');
  assert.equal(instances, 1);
  failedClosed(await poisoned(makeEvent()));
  assert.equal((await poisoned(passing())).uri, '/a.png');
  assert.equal(instances, 2);
  for (const name of ['begin', 'finish']) {
    const broken = await load({ wasm: trapIn(good, name) });
    for (const _ of [1, 2]) failedClosed(await broken(passing()));
  }
});

test('a broken deployment refuses everything', async () => {
  const good = readFileSync(join(bundle, 'authorizer.wasm'));
  const trapping = Buffer.from('AGFzbQEAAAABBQFgAAF/AwIBAAcKAQZidWZmZXIAAAoFAQMAAAs=', 'base64');
  const privateJwk = JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: KID }] });
  const deployments = [
    { wasm: good.subarray(0, good.length / 2) }, { wasm: Buffer.from('nonsense') }, { wasm: trapping },
    { rules: '' }, { rules: '{}' }, { rules: RULES.replace('https://clerk', 'http://clerk') }, { rules: RULES + 'x' },
    { keys: '' }, { keys: '{"keys":[]}' }, { keys: KEYS.replace('AQAB', 'Aw') }, { keys: privateJwk },
  ];
  deployments.push({ wasm: trapIn(good, 'layout') }, { wasm: trapIn(good, 'configure') });
  for (const deployment of deployments) {
    const broken = await load(deployment);
    failedClosed(await broken(makeEvent({ headers: bearer(mint()) })));
    failedClosed(await broken(makeEvent({ headers: bearer(mint()) })));
  }
});

test('nothing of a token is logged', async (context) => {
  const lines = [];
  for (const method of ['log', 'error', 'warn', 'info', 'debug']) {
    context.mock.method(console, method, (...values) => lines.push(values.join(' ')));
  }
  const token = mint();
  await handler(makeEvent({ headers: bearer(token) }));
  await handler(makeEvent({ headers: bearer(`${token}x`) }));
  await handler(makeEvent({ headers: bearer(token), uri: `/${token}\n` }));
  await handler(makeEvent({ headers: { cookie: `__session=${token}` }, querystring: token }));
  await handler(makeEvent({ headers: { authorization: [token, token] } }));
  assert.ok(lines.length >= 4);
  for (const part of token.split('.')) assert.ok(!lines.join('\n').includes(part.slice(0, 12)));
});

// An issuer that answers with what `answer` is at the time, and counts.
async function issuer(context) {
  const state = { answer: (response) => response.end(KEYS), asked: 0 };
  const server = createServer((_, response) => {
    state.asked += 1;
    state.answer(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const jwks_url = `http://127.0.0.1:${server.address().port}/jwks.json`;
  return { state, rules: JSON.stringify({ ...JSON.parse(RULES), jwks_url }) };
}

// Its own clock: minutes pass when a test says so.
function clock(context) {
  let now = Date.now();
  context.mock.method(Date, 'now', () => now);
  return (seconds) => { now += seconds * 1000; };
}

const rotated = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwkOf = (publicKey, kid) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });
const quiet = (context) => ['log', 'error'].forEach((method) => context.mock.method(console, method, () => {}));

for (const [name, kid] of [['a new name', 'ins_new'], ['the old name', KID]]) {
  test(`a new key under ${name} is fetched once, and the old one is revoked`, async (context) => {
    quiet(context);
    const pass = clock(context);
    const { state, rules } = await issuer(context);
    state.answer = (response) => response.end(JSON.stringify({ keys: [jwkOf(rotated.publicKey, kid)] }));
    const handle = await load({ rules });
    const read = async (...args) => (await handle(makeEvent({ headers: bearer(mint(...args)) }))).status ?? 'passed';
    assert.equal(await read(), 'passed');
    assert.equal(state.asked, 0, 'a known key needs no network');
    assert.equal(await read({}, { kid }, rotated.privateKey), 'passed');
    assert.equal(await read({}, { kid }, rotated.privateKey), 'passed');
    assert.equal(state.asked, 1);
    assert.equal(await read(), '401', 'the old key is revoked at once');
    assert.equal(state.asked, 1, 'no second question within a minute');
    pass(601);
    state.answer = (response) => response.destroy();
    assert.equal(await read(), '401', 'and stays revoked when the answer has grown old');
  });
}

test('keys that cannot be used keep no other from being used', async (context) => {
  const lines = [];
  context.mock.method(console, 'log', () => {});
  context.mock.method(console, 'error', (line) => lines.push(JSON.parse(line)));
  const { state, rules } = await issuer(context);
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const good = jwkOf(rotated.publicKey, 'ins_new');
  const passedOver = [
    { ...elliptic.export({ format: 'jwk' }), kid: 'ins_ec', alg: 'ES256', use: 'sig' },
    { kty: 'oct', k: 'AA', kid: 'ins_oct' }, { kty: 'XYZ' }, {}, { ...good, kid: 'ins_enc', use: 'enc' }, { ...good, kid: 'ins_other', alg: 'RS512' },
  ];
  const refusedKeys = [
    jwkOf(short, 'ins_short'), { ...good, kid: 'ins_e', e: 'Aw' }, { ...good, kid: 'a\nb' }, { ...good, kid: undefined },
    { ...rotated.privateKey.export({ format: 'jwk' }), kid: 'ins_private' }, { ...good, kid: 'ins_n', n: 7 },
  ];
  const answer = (keys) => (state.answer = (response) => response.end(JSON.stringify({ keys })));
  answer([...passedOver, ...refusedKeys, good]);
  const handle = await load({ rules });
  const read = async (kid, key) => (await handle(makeEvent({ headers: bearer(mint({}, { kid }, key)) }))).status ?? 'passed';
  assert.equal(await read('ins_new', rotated.privateKey), 'passed');
  for (const { kid = 'none' } of [...passedOver, ...refusedKeys]) assert.equal(await read(kid, rotated.privateKey), '401', kid);
  assert.equal(state.asked, 1);
  assert.deepEqual(lines.map(({ edgegate, kid = 'unnamed' }) => `${edgegate}: ${kid}`), [
    'key refused: ins_short', 'key refused: ins_e', 'key refused: unnamed', 'key refused: unnamed', 'key refused: ins_private', 'key refused: ins_n',
  ]);
});

test('a set without a key to use changes nothing', async (context) => {
  quiet(context);
  const pass = clock(context);
  const { state, rules } = await issuer(context);
  const handle = await load({ rules });
  const good = jwkOf(rotated.publicKey, 'ins_new');
  const read = async (kid, key) => (await handle(makeEvent({ headers: bearer(mint({}, { kid }, key)) }))).status ?? 'passed';
  const sets = [
    [{ ...good, use: 'enc' }], [{ ...good, e: 'Aw' }], [null], 'keys', [good, good],
    Array.from({ length: 17 }, (_, at) => ({ ...good, kid: `ins_${at}` })),
  ];
  for (const [at, keys] of sets.entries()) {
    state.answer = (response) => response.end(JSON.stringify({ keys }));
    assert.equal(await read('ins_new', rotated.privateKey), '401');
    assert.equal(state.asked, at + 1);
    assert.equal(await read(KID), 'passed', 'our own keys still count');
    pass(91);
  }
});

test('an issuer that cannot be used changes nothing', async (context) => {
  quiet(context);
  const pass = clock(context);
  const { state, rules } = await issuer(context);
  const handle = await load({ rules });
  const redirect = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
  const answers = [
    (response) => response.writeHead(500).end(KEYS), redirect, (response) => response.end('{}'),
    (response) => response.end(KEYS.replace('AQAB', 'Aw')), (response) => response.end(`${KEYS}${' '.repeat(70_000)}`),
    (response) => response.destroy(), (response) => response.end('{"keys":[]}'), () => {},
  ];
  for (const [at, answer] of answers.entries()) {
    state.answer = answer;
    await Promise.all([1, 2].map(async () => {
      const forged = makeEvent({ headers: bearer(mint({}, { kid: 'ins_unknown' })) });
      assert.equal((await handle(forged)).status, '401');
    }));
    assert.equal(state.asked, at + 1, 'one question for all who wait');
    assert.equal((await handle(makeEvent({ headers: bearer(mint()) }))).uri, '/a.png', 'our own keys still count');
    pass(91);
  }
});

test('a remembered token is judged again: time, rules and key', async (context) => {
  quiet(context);
  const pass = clock(context);
  const headers = { ...bearer(mint()) };
  const read = async (request) => (await handler(makeEvent({ headers, ...request }))).status ?? 'passed';
  assert.equal(await read(), 'passed');
  assert.equal(await read(), 'passed');
  assert.equal(await read({ ...upload(), uri: '/users/user_2/a.png', headers: { ...upload().headers, ...headers } }), '403');
  assert.equal(await read({ headers: bearer(`${mint({ jti: '2' }).slice(0, -20)}${headers.authorization.slice(-20)}`) }), '401');
  pass(64);
  assert.equal(await read(), 'passed');
  pass(1);
  assert.equal(await read(), '401');
});

test('a cookie counts for reads, and only where the rules say so', async (context) => {
  quiet(context);
  const rules = JSON.stringify({ ...JSON.parse(RULES), cookies: ['__session_AbC12_-9', '__session'] });
  const handle = await load({ rules });
  const status = async (headers, request = {}) => (await handle(makeEvent({ headers, ...request }))).status ?? 'passed';
  const token = mint();
  const other = mint({ sid: 'sess_2', exp: 1 });
  assert.equal((await handler(makeEvent({ headers: { cookie: `__session=${token}` } }))).status, '401');
  assert.equal(await status({ cookie: `a=b; __session=${token}; c=d` }), 'passed');
  assert.equal(await status({ cookie: ['a=b', `__session_AbC12_-9=${token}; __session=${other}`] }), 'passed');
  assert.equal(await status({ cookie: `__session_other=${token}` }), '401');
  assert.equal(await status({ cookie: `__session=${token}; __session=${token}` }), '400');
  assert.equal(await status({ cookie: `__session=${token}%3B` }), '401');
  assert.equal(await status({ cookie: `__session=${token}`, ...bearer(token) }), '400');
  const { headers: { authorization: _, ...headers }, ...put } = upload();
  assert.equal(await status({ ...headers, cookie: `__session=${token}` }, put), '401');
  const event = makeEvent({ headers: { cookie: `__session=${token}` } });
  assert.deepEqual(Object.keys((await handle(event)).headers), ['host']);
});

test('whoever signs out makes the browser forget', async () => {
  for (const method of ['GET', 'POST']) {
    const answer = await handler(makeEvent({ method, uri: '/.edgegate/signout', headers: { origin: APP } }));
    assert.equal(answer.status, '204');
    assert.equal(answer.headers['clear-site-data'][0].value, '"cache"');
    assert.equal(answer.headers['access-control-allow-origin'][0].value, APP);
    assert.equal(answer.headers['access-control-allow-credentials'][0].value, 'true');
  }
  const foreign = await handler(makeEvent({ uri: '/.edgegate/signout', headers: { origin: 'https://evil.example' } }));
  assert.ok(!('access-control-allow-origin' in foreign.headers));
  await refused({ method: 'POST', uri: '/.edgegate/other' }, 405, 'method-not-allowed');
  await refused({ ...upload(), uri: '/.edgegate/signout' }, 403, 'insufficient_scope');
});

test('a refusal is one line of JSON, and allowed requests are sampled', async (context) => {
  const lines = [];
  context.mock.method(console, 'log', (line) => lines.push(JSON.parse(line)));
  const handle = await load({ rules: JSON.stringify({ ...JSON.parse(RULES), log_allows: 1 }) });
  await handle(makeEvent({ ...upload(), uri: '/users/user_2/a.png' }));
  await handle(makeEvent({ headers: bearer(mint()), uri: '/users/user_2/a.png', querystring: 'secret' }));
  await handler(makeEvent({ headers: bearer(mint()) }));
  const common = { request_id: '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_Bz==', kid: KID, subject: lines[0].subject };
  assert.match(common.subject, /^[0-9a-f]{12}$/);
  assert.deepEqual(lines, [
    { edgegate: 'refused', code: 'insufficient_scope', status: 403, ...common },
    { edgegate: 'allowed', rule: 2, ...common },
  ]);
});

test('the module imports nothing and cannot grow', async () => {
  const module = new WebAssembly.Module(readFileSync(join(bundle, 'authorizer.wasm')));
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const { memory } = new WebAssembly.Instance(module).exports;
  assert.throws(() => memory.grow(1), RangeError);
});

test('thousands of requests need no more memory', async () => {
  for (let i = 0; i < 3000; i += 1) {
    assert.equal((await handler(makeEvent({ headers: bearer(mint({ jti: `${i}` })) }))).uri, '/a.png');
  }
});
