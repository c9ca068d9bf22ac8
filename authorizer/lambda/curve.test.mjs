// Keys of P-256, deployed and fetched: EDGEGATE_BUNDLE_DIR=<folder> node --test
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { RULES, bearer, issuer, load, logged, makeEvent, quiet } from './support.mjs';

const ISSUER = 'https://abcd.supabase.co/auth/v1';
const { authorized_parties: _, ...shared } = JSON.parse(RULES);
const SUPABASE = JSON.stringify({
  ...shared, authorized_parties: [], issuer: ISSUER, provider: 'oidc', algorithms: ['ES256'], audiences: ['authenticated'],
});
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwkOf = ({ publicKey }, kid, more) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig', ...more });
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function mint({ privateKey: key }, kid, dsaEncoding = 'ieee-p1363') {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'authenticated', sub: 'user_1', iat: now, exp: now + 300 };
  const input = `${encode({ alg: 'ES256', kid, typ: 'JWT' })}.${encode(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding }).toString('base64url')}`;
}

const reader = (handle) => async (token) => {
  const { status = 'passed', body } = await handle(makeEvent({ headers: bearer(token) }));
  return status === 'passed' ? status : JSON.parse(body).error;
};

test('a signature is two numbers of the right length, by the key that is named', async (context) => {
  quiet(context);
  const [ours, other] = [pair(), pair()];
  const keys = JSON.stringify({ keys: [jwkOf(ours, 'k1'), jwkOf(other, 'k2')] });
  const read = reader(await load({ rules: SUPABASE, keys }));
  assert.equal(await read(mint(ours, 'k1')), 'passed');
  assert.equal(await read(mint(other, 'k2')), 'passed');
  assert.equal(await read(mint(other, 'k1')), 'token-invalid-signature');
  // RFC 7515 §3.4 has no place for the ASN.1 that TLS writes.
  assert.equal(await read(mint(ours, 'k1', 'der')), 'token-invalid-signature');
});

test('keys that the issuer puts in the place of ours count, those beside the curve do not', async (context) => {
  const lines = [];
  logged(context);
  context.mock.method(console, 'error', (line) => lines.push(JSON.parse(line)));
  const [ours, rotated] = [pair(), pair()];
  const { state, rules } = await issuer(context, SUPABASE);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const good = jwkOf(rotated, 'new');
  const beside = Buffer.from(good.x, 'base64url').map((byte, at) => (at === 31 ? byte ^ 1 : byte));
  const keys = [
    { ...good, kid: 'beside', x: beside.toString('base64url') }, { ...good, kid: 'zero', x: 'A'.repeat(43), y: 'A'.repeat(43) },
    { ...good, kid: 'long', x: Buffer.concat([Buffer.alloc(1), Buffer.from(good.x, 'base64url')]).toString('base64url') },
    { ...good, kid: 'padded', y: `${good.y}=` }, { ...jwkOf(rotated, 'private'), d: rotated.privateKey.export({ format: 'jwk' }).d },
    { ...good, kid: 'other', crv: 'P-384' }, { ...good, kid: 'named', alg: 'RS256' }, { ...rsa, kid: 'rsa', alg: 'RS256' }, good,
  ];
  state.answer = (response) => response.end(JSON.stringify({ keys }));
  const read = reader(await load({ rules, keys: JSON.stringify({ keys: [jwkOf(ours, 'old')] }) }));
  assert.equal(await read(mint(ours, 'old')), 'passed');
  assert.equal(await read(mint(rotated, 'new')), 'passed');
  assert.equal(state.asked, 1);
  assert.equal(await read(mint(ours, 'old')), 'jwk-kid-mismatch', 'the old key is revoked at once');
  for (const { kid } of keys.slice(0, -1)) assert.equal(await read(mint(rotated, kid)), 'jwk-kid-mismatch', kid);
  assert.deepEqual(lines.map(({ edgegate, kid }) => `${edgegate}: ${kid}`), [
    'key refused: beside', 'key refused: zero', 'key refused: long', 'key refused: padded', 'key refused: private',
  ]);
});

test('an RSA key as long as a point is none of a curve', async (context) => {
  quiet(context);
  const short = generateKeyPairSync('rsa', { modulusLength: 512 });
  const rules = JSON.stringify({ ...JSON.parse(SUPABASE), algorithms: ['RS256', 'ES256'] });
  const jwk = { ...short.publicKey.export({ format: 'jwk' }), kid: 'short', use: 'sig' };
  const deployed = await load({ rules, keys: JSON.stringify({ keys: [jwk] }) });
  assert.equal((await deployed(makeEvent({ headers: bearer(mint(short, 'short')) }))).status, '500');
  const { state, rules: refreshed } = await issuer(context, rules);
  state.answer = (response) => response.end(JSON.stringify({ keys: [jwk] }));
  const read = reader(await load({ rules: refreshed, keys: JSON.stringify({ keys: [jwkOf(pair(), 'k1')] }) }));
  assert.equal(await read(mint(short, 'short')), 'jwk-kid-mismatch');
  assert.equal(state.asked, 1);
});

test('a key of an algorithm that the rules do not name is no key', async (context) => {
  quiet(context);
  const ours = pair();
  const rules = JSON.stringify({ ...JSON.parse(SUPABASE), algorithms: ['RS256'] });
  const handle = await load({ rules, keys: JSON.stringify({ keys: [jwkOf(ours, 'k1')] }) });
  assert.equal((await handle(makeEvent({ headers: bearer(mint(ours, 'k1')) }))).status, '500');
});
