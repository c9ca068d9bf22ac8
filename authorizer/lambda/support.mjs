// What the tests of the handler share: a deployment of its own for each, tokens and events.
// EDGEGATE_BUNDLE_DIR names the folder with index.mjs and authorizer.wasm, EDGEGATE the command line.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

export const APP = 'https://app.example.com';
const ISSUER = 'https://clerk.example.com';
export const KID = 'ins_2abcDEF';
const bundle = process.env.EDGEGATE_BUNDLE_DIR;
assert.ok(bundle, 'EDGEGATE_BUNDLE_DIR is not set');
export const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const KEYS = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }] });
export const RULES = JSON.stringify({
  issuer: ISSUER,
  authorized_parties: [APP],
  cors_origins: [APP],
  uploads: { max_size: 1000, content_types: ['image/png'], create_only: true },
  rules: [{ methods: ['PUT'], path: '/users/{sub}/**' }, { methods: ['GET'], path: '/**' }],
});
export const WASM = readFileSync(join(bundle, 'authorizer.wasm'));
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

// What the edge reads of rules.json: files by their names.
export function compile(rules) {
  const files = JSON.parse(execFileSync(process.env.EDGEGATE, ['compile-rules'], { input: rules }));
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
}

export async function load({ wasm, rules = RULES, compiled = compile(rules), keys = KEYS } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'edgegate-'));
  folders.push(folder);
  copyFileSync(join(bundle, 'index.mjs'), join(folder, 'index.mjs'));
  writeFileSync(join(folder, 'authorizer.wasm'), wasm ?? WASM);
  writeFileSync(join(folder, 'rules.json'), rules);
  for (const [name, bytes] of Object.entries(compiled)) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, 'keys.json'), keys);
  return (await import(pathToFileURL(join(folder, 'index.mjs')))).handler;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function mint(claims = {}, header = {}, key = privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const input = [
    encode({ alg: 'RS256', kid: KID, typ: 'JWT', ...header }),
    encode({ azp: APP, exp: now + 60, iat: now, iss: ISSUER, nbf: now - 10, sid: 'sess_1', sub: 'user_1', v: 2, ...claims }),
  ].join('.');
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
}

// Values are a text, or a list of texts for a header that is repeated.
export function makeEvent({ headers = {}, ...request } = {}) {
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

export const bearer = (token) => ({ authorization: `Bearer ${token}` });
export const upload = (headers = {}) => ({
  method: 'PUT',
  uri: '/users/user_1/a.png',
  headers: { ...bearer(mint()), 'content-type': 'image/png', 'content-length': '1000', ...headers },
});

// What Lambda makes of it.
export const asJson = (response) => JSON.parse(JSON.stringify(response));

export function failedClosed(response) {
  assert.equal(response.status, '500');
  assert.equal(response.body, '{"error":"internal","message":"the request could not be judged"}');
  assert.equal(response.headers['cache-control'][0].value, 'no-store');
  assert.ok(!('uri' in response));
}

// Its own clock: minutes pass when a test says so.
export function clock(context) {
  let now = Date.now();
  context.mock.method(Date, 'now', () => now);
  return (seconds) => { now += seconds * 1000; };
}

// The lines that handlers log, instead of showing them. What else is on stdout is the test runner's.
export function logged(context) {
  const lines = [];
  const write = process.stdout.write.bind(process.stdout);
  const isLog = (text) => typeof text === 'string' && text.startsWith('{"edgegate"');
  context.mock.method(process.stdout, 'write', (text, ...rest) => (isLog(text) ? lines.push(text) > 0 : write(text, ...rest)));
  return lines;
}

export function quiet(context) {
  context.mock.method(console, 'error', () => {});
  logged(context);
}

// An issuer that answers with what `answer` is at the time, and counts.
export async function issuer(context, own = RULES) {
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
  return { state, rules: JSON.stringify({ ...JSON.parse(own), jwks_url }) };
}
