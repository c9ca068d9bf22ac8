// What the handler lets pass, and what it answers: EDGEGATE_BUNDLE_DIR=<folder> node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APP, KID, RULES, asJson, bearer, clock, load, logged, makeEvent, mint, quiet, upload } from './support.mjs';

const handler = await load();

async function refused(request, status, code) {
  const response = await handler(makeEvent(request));
  assert.equal(response.status, String(status));
  assert.equal(response.headers['cache-control'][0].value, 'no-store');
  assert.equal(JSON.parse(response.body).error, code);
  return response;
}

test('a read with a good token passes, without token, cookie and query', async () => {
  const event = makeEvent({ querystring: 'a=b', headers: { ...bearer(mint()), cookie: ['a=1', 'b=2'], accept: '*/*' } });
  const { request } = event.Records[0].cf;
  const passed = await handler(event);
  assert.equal(passed, request);
  assert.deepEqual(Object.keys(asJson(passed).headers), ['host', 'accept']);
  assert.equal(passed.querystring, '');
  assert.equal(passed.uri, '/a.png');
});

test('an upload is made create-only and loses what would become metadata', async () => {
  const headers = { 'if-none-match': '"etag"', 'if-match': '*', 'cache-control': 'no-store', via: '2.0 a', 'user-agent': 'test' };
  const passed = await handler(makeEvent(upload(headers)));
  assert.deepEqual(Object.keys(asJson(passed).headers).sort(), ['content-length', 'content-type', 'host', 'if-none-match', 'user-agent', 'via']);
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

test('a refusal repeats an id of the form of CloudFront\'s, and no other', async () => {
  for (const id of ['a"b', 'a\nb', '', 'a'.repeat(129), undefined, 7]) {
    const event = makeEvent();
    event.Records[0].cf.config.requestId = id;
    const { body } = await handler(event);
    assert.equal(body, '{"error":"token-missing","message":"a session token is needed"}', id);
  }
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
  assert.deepEqual(Object.keys(asJson(passed).headers).sort(), ['content-length', 'content-type', 'host', 'if-none-match']);
  const inherited = makeEvent();
  const proto = { authorization: [{ value: `Bearer ${mint()}` }] };
  inherited.Records[0].cf.request.headers = Object.create(proto);
  assert.equal((await handler(inherited)).status, '401');
});

test('nothing of a token is logged', async (context) => {
  const lines = logged(context);
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
  assert.deepEqual(Object.keys(asJson(await handle(event)).headers), ['host']);
});

test('whoever signs out makes the browser forget', async () => {
  const signOut = { method: 'POST', uri: '/.edgegate/signout' };
  const answer = await handler(makeEvent({ ...signOut, headers: { origin: APP } }));
  assert.equal(answer.status, '204');
  assert.equal(answer.headers['clear-site-data'][0].value, '"cache"');
  assert.equal(answer.headers['access-control-allow-origin'][0].value, APP);
  assert.equal(answer.headers['access-control-allow-credentials'][0].value, 'true');
  const program = await handler(makeEvent(signOut));
  assert.equal(program.status, '204');
  assert.ok(!('access-control-allow-origin' in program.headers));
  // Another website has nothing to tidy up here, and an image in it even less.
  await refused({ ...signOut, headers: { origin: 'https://evil.example' } }, 405, 'method-not-allowed');
  await refused({ ...signOut, headers: { origin: 'null' } }, 405, 'method-not-allowed');
  await refused({ ...signOut, headers: { origin: [APP, APP] } }, 405, 'method-not-allowed');
  await refused({ ...signOut, method: 'GET' }, 401, 'token-missing');
  await refused({ method: 'POST', uri: '/.edgegate/other' }, 405, 'method-not-allowed');
  await refused({ ...upload(), uri: '/.edgegate/signout' }, 403, 'insufficient_scope');
});

test('a refusal is one line of JSON, and allowed requests are sampled', async (context) => {
  const lines = logged(context);
  const handle = await load({ rules: JSON.stringify({ ...JSON.parse(RULES), log_allows: 1 }) });
  await handle(makeEvent({ ...upload(), uri: '/users/user_2/a.png' }));
  await handle(makeEvent({ headers: bearer(mint()), uri: '/users/user_2/a.png', querystring: 'secret' }));
  await handler(makeEvent({ headers: bearer(mint()) }));
  const common = { request_id: '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_Bz==', kid: KID, subject: JSON.parse(lines[0]).subject };
  assert.match(common.subject, /^[0-9a-f]{12}$/);
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { edgegate: 'refused', code: 'insufficient_scope', status: 403, ...common },
    { edgegate: 'allowed', rule: 2, ...common },
  ]);
});
