// Vectors that the native tests judge as well, through the handler of the zip:
// EDGEGATE=<command> EDGEGATE_BUNDLE_DIR=<folder> EDGEGATE_VECTORS=<file> node --test
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { eventText } from './events.mjs';

const APP = 'https://app.example.com';
const ISSUER = 'https://clerk.example.com';
const KID = 'ins_1';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ ';
const RULES = { issuer: ISSUER, algorithms: ['RS256', 'ES256'], authorized_parties: [APP], rules: [{ methods: ['GET'], path: '/**' }] };
const bundle = process.env.EDGEGATE_BUNDLE_DIR;
const { signatures, texts } = JSON.parse(readFileSync(process.env.EDGEGATE_VECTORS));
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ours = publicKey.export({ format: 'jwk' });
const folders = [];

// What the handler writes is not what is tested here.
console.log = console.error = () => {};
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => (String(text).startsWith('{"edgegate"') ? true : write(text, ...rest));
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

// Vectors sign messages that are no tokens. Where the handler asks OpenSSL, the message is put in the
// place of the token's own bytes; key, signature and verdict take their usual way.
let message;
const crypto = process.getBuiltinModule('node:crypto');
const getBuiltinModule = process.getBuiltinModule.bind(process);
const verify = (algorithm, signed, ...rest) => crypto.verify(algorithm, message ?? signed, ...rest);
process.getBuiltinModule = (name) => (name === 'node:crypto' ? { ...crypto, verify } : getBuiltinModule(name));

/** The packaged handler with this key. */
async function load(jwk) {
  const folder = mkdtempSync(join(tmpdir(), 'edgegate-'));
  folders.push(folder);
  for (const name of ['index.mjs', 'authorizer.wasm']) copyFileSync(join(bundle, name), join(folder, name));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(RULES));
  const compiled = JSON.parse(execFileSync(process.env.EDGEGATE, ['compile-rules'], { input: JSON.stringify(RULES) }));
  for (const [name, text] of Object.entries(compiled)) writeFileSync(join(folder, name), Buffer.from(text, 'base64'));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [{ ...jwk, kid: KID }] }));
  return (await import(pathToFileURL(join(folder, 'index.mjs')))).handler;
}

const now = Math.floor(Date.now() / 1000);
const encode = (value) => Buffer.from(value).toString('base64url');
const header = JSON.stringify({ alg: 'RS256', kid: KID, typ: 'JWT' });
const claims = JSON.stringify({ azp: APP, exp: now + 250, iat: now, iss: ISSUER, nbf: now - 10, sid: 'sess_1', sub: 'user_1', v: 2 });

function mint(head = header, body = claims) {
  const input = `${encode(head)}.${encode(body)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`;
}

/** Undefined for a request that is passed on, else the code. */
async function judge(handler, token) {
  const answer = await handler(JSON.parse(eventText(`Bearer ${token}`, '/a.png')));
  return answer.status === undefined ? undefined : JSON.parse(answer.body).error;
}

test('signatures', async () => {
  const handlers = new Map();
  const ofCurve = signatures.filter(({ x }) => x !== undefined);
  assert.ok(ofCurve.length > 250 && signatures.length - ofCurve.length > 700);
  for (const vector of signatures) {
    const { n, x, y } = vector;
    const [alg, jwk] = n === undefined ? ['ES256', { kty: 'EC', crv: 'P-256', x, y }] : ['RS256', { kty: 'RSA', n, e: 'AQAB' }];
    const key = n ?? x + y;
    if (!handlers.has(key)) handlers.set(key, await load(jwk));
    message = Buffer.from(vector.message, 'base64url');
    // No two tokens are the same, so that none is remembered.
    const body = claims.replace('user_1', `user_${vector.name.replace(/\W/g, '_')}`);
    const reason = await judge(handlers.get(key), `${encode(header.replace('RS256', alg))}.${encode(body)}.${vector.signature}`);
    assert.equal(reason === undefined, vector.good, `${vector.name}: ${reason}`);
  }
  message = undefined;
});

/** A JSON object with one more member, whose value may be anything but JSON. */
const withMember = (object, value) => Buffer.concat([Buffer.from(object.slice(0, -1)), Buffer.from(',"x":'), value, Buffer.from('}')]);

test('texts in claims and in headers', async () => {
  const handler = await load(ours);
  assert.equal(await judge(handler, mint()), undefined);
  for (const { name, text, read } of texts) {
    const value = Buffer.from(text, 'base64url');
    const expected = read ? undefined : 'token-invalid';
    assert.equal(await judge(handler, mint(header, withMember(claims, value))), expected, `${name} as a claim`);
    assert.equal(await judge(handler, mint(withMember(header, value))), expected, `${name} in a header`);
    assert.notEqual(await judge(handler, mint(header, value)), undefined, `${name} as claims`);
    assert.notEqual(await judge(handler, mint(value)), undefined, `${name} as a header`);
  }
});

test('one character of a good token, changed to any other', async () => {
  const handler = await load(ours);
  const token = mint();
  for (const known of [false, true]) {
    // First as a token that was never seen, then as one that is remembered.
    if (known) assert.equal(await judge(handler, token), undefined);
    for (let at = 0; at < token.length; at++) {
      for (const other of known ? ALPHABET : [ALPHABET[at % ALPHABET.length]]) {
        if (other === token[at]) continue;
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        assert.notEqual(await judge(handler, changed), undefined, `${other} at ${at}`);
      }
    }
  }
});
