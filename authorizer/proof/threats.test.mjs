// The threats of threats.json and issuers.json, as the native tests judge them, through the handler of the zip:
// EDGEGATE=<command> EDGEGATE_BUNDLE_DIR=<folder> node --test
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const tables = ['threats', 'issuers'].flatMap((name) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url))));
const ID = '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==';
const RETRIED = ['token-expired', 'token-not-active-yet', 'token-iat-in-the-future'];
const bundle = process.env.EDGEGATE_BUNDLE_DIR;
// Ours and another's, by their algorithms.
const KEYS = {
  RS256: [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 })),
  ES256: [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })),
};
const folders = [];
const logged = [];

before(() => {
  console.log = console.error = (line) => logged.push(line);
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const jwkOf = ({ header: { alg } }) => KEYS[alg][0].publicKey.export({ format: 'jwk' });

async function deploy(table) {
  const folder = mkdtempSync(join(tmpdir(), 'edgegate-'));
  folders.push(folder);
  for (const name of ['index.mjs', 'authorizer.wasm']) copyFileSync(join(bundle, name), join(folder, name));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(table.policy));
  const compiled = JSON.parse(execFileSync(process.env.EDGEGATE, ['compile-rules'], { input: JSON.stringify(table.policy) }));
  for (const [name, text] of Object.entries(compiled)) writeFileSync(join(folder, name), Buffer.from(text, 'base64'));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [{ ...jwkOf(table), kid: table.header.kid }] }));
  return (await import(pathToFileURL(join(folder, 'index.mjs')))).handler;
}

// What the handler logs; what else is on stdout is the test runner's.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => (String(text).startsWith('{"edgegate"') ? logged.push(text) > 0 : write(text, ...rest));

const expand = (text) => text.replace(/<(.)\*(\d+)>/g, (_, what, count) => what.repeat(count));

/** The bytes of the token's header or claims. */
function part(table, change, name) {
  const members = Object.entries({ ...table[name], ...change[name] }).filter(([, value]) => value !== null);
  const texts = members.map(([key, value]) => `${JSON.stringify(key)}:${value.raw ?? JSON.stringify(value)}`);
  const form = change[`${name}_text`] ?? '{MEMBERS}';
  return Buffer.from(expand(form.replace('MEMBERS', () => texts.join(','))), 'latin1');
}

function mint(table, change) {
  const [head, body] = ['header', 'claims'].map((name) => part(table, change, name).toString('base64url'));
  const { privateKey: key } = KEYS[table.header.alg][change.attacker ? 1 : 0];
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const parts = { HEAD: head, BODY: body, SIGNATURE: signature, MODULUS: jwkOf(table).n };
  return expand(change.token ?? 'HEAD.BODY.SIGNATURE').replace(/HEAD|BODY|SIGNATURE|MODULUS/g, (name) => parts[name]);
}

function makeRequest(table, change) {
  const { method = 'GET', path = table.path ?? '/users/user_1/a.png', query = '' } = change;
  const uploads = method === 'PUT' ? { 'content-type': 'image/png', 'content-length': '1000' } : {};
  const wanted = Object.entries({ authorization: 'Bearer TOKEN', ...uploads, ...change.headers });
  const token = mint(table, change);
  // CloudFront keys them in lower case and tells beside each value how the viewer wrote the name.
  const headers = wanted.filter(([, value]) => value !== null)
    .map(([key, value]) => [key.toLowerCase(), [value].flat().map((text) => ({ key, value: text.replaceAll('TOKEN', token) }))]);
  return { clientIp: '203.0.113.1', method, uri: expand(path), querystring: query, headers: Object.fromEntries(headers) };
}

function checkPassed(request, passed, change) {
  assert.deepEqual(passed, JSON.parse(JSON.stringify(request)));
  assert.equal(passed.querystring, '');
  for (const name of ['authorization', 'cookie', ...(change.deleted ?? [])]) assert.ok(!Object.hasOwn(passed.headers, name), name);
  if (request.method === 'PUT') assert.equal(passed.headers['if-none-match'][0].value, '*');
}

/** RFC 6750 §3. Undefined where there is no challenge; without an error where no credentials came. */
function challenge(status, code, credentials) {
  const bearer = 'Bearer realm="edgegate"';
  if (status === '401') return code === 'token-missing' ? bearer : `${bearer}, error="invalid_token"`;
  if (credentials && ['invalid_request', 'token-too-large'].includes(code)) return `${bearer}, error="invalid_request"`;
  if (['insufficient_scope', 'session-pending'].includes(code)) return `${bearer}, error="insufficient_scope"`;
  return undefined;
}

function checkRefused({ status, headers, body }, code, credentials) {
  assert.equal(headers['www-authenticate']?.[0].value, challenge(status, code, credentials));
  assert.equal(headers.allow?.[0].value, status === '405' ? 'GET, HEAD, PUT' : undefined);
  assert.equal(headers['cache-control'][0].value, 'no-store');
  assert.equal(headers['content-type'][0].value, 'application/json');
  assert.ok(Buffer.byteLength(body) <= 1024);
  const { error, message, request_id: id, ...rest } = JSON.parse(body);
  assert.deepEqual([error, typeof message, id], [code, 'string', ID]);
  assert.deepEqual(rest, RETRIED.includes(code) ? { retry: true } : {});
}

for (const table of tables) test(`threats are answered as the table says: ${table.issuer ?? 'clerk'}`, async (context) => {
  context.mock.method(Date, 'now', () => table.now * 1000);
  const handler = await deploy(table);
  const answers = new Map();
  for (const { id, cases } of table.threats) {
    for (const change of cases) {
      const place = `${id}: ${JSON.stringify(change)}`;
      const request = makeRequest(table, change);
      const credentials = Object.hasOwn(request.headers, 'authorization');
      const config = { distributionId: 'E1', eventType: 'viewer-request', requestId: ID };
      // As JSON, which is how Lambda takes it.
      const answer = JSON.parse(JSON.stringify(await handler({ Records: [{ cf: { config, request } }] })));
      const code = answer.status && JSON.parse(answer.body).error;
      assert.equal(code ? `${answer.status} ${code}` : '200', change.answer, place);
      if (!code) checkPassed(request, answer, change);
      else {
        checkRefused(answer, code, credentials);
        // Nothing of what was sent is in it: it is the same for whoever is refused for this.
        const same = `${change.answer} ${credentials}`;
        if (!answers.has(same)) answers.set(same, answer);
        assert.deepEqual(answer, answers.get(same), place);
      }
    }
  }
  assert.ok(answers.size > (table.issuer === undefined ? 20 : 1), `${answers.size} answers`);
  // A line break from outside would begin a line of its own.
  for (const line of logged) assert.deepEqual(JSON.parse(line).edgegate, 'refused', line);
});
