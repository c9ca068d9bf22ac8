// Keys that the issuer changes: EDGEGATE_BUNDLE_DIR=<folder> node --test
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { KEYS, KID, bearer, clock, issuer, load, logged, makeEvent, mint, quiet } from './support.mjs';

const rotated = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwkOf = (publicKey, kid) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });

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
  logged(context);
  context.mock.method(console, 'error', (line) => lines.push(JSON.parse(line)));
  const { state, rules } = await issuer(context);
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const good = jwkOf(rotated.publicKey, 'ins_new');
  const passedOver = [
    { ...elliptic.export({ format: 'jwk' }), kid: 'ins_ec', alg: 'ES256', use: 'sig' },
    { kty: 'oct', k: 'AA', kid: 'ins_oct' }, { kty: 'XYZ' }, {}, { ...good, kid: 'ins_enc', use: 'enc' }, { ...good, kid: 'ins_other', alg: 'RS512' },
  ];
  const even = Buffer.from(good.n, 'base64url').map((byte, at) => (at === 255 ? byte & 0xfe : byte));
  const refusedKeys = [
    jwkOf(short, 'ins_short'), { ...good, kid: 'ins_e', e: 'Aw' }, { ...good, kid: 'a\nb' }, { ...good, kid: undefined },
    { ...rotated.privateKey.export({ format: 'jwk' }), kid: 'ins_private' }, { ...good, kid: 'ins_n', n: 7 },
    { ...good, kid: 'ins_even', n: Buffer.from(even).toString('base64url') }, { ...good, kid: 'ins_spelling', n: `${good.n}=` },
  ];
  const answer = (keys) => (state.answer = (response) => response.end(JSON.stringify({ keys })));
  // Of two keys of one name the first counts.
  answer([...passedOver, ...refusedKeys, good, jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, 'ins_new')]);
  const handle = await load({ rules });
  const read = async (kid, key) => (await handle(makeEvent({ headers: bearer(mint({}, { kid }, key)) }))).status ?? 'passed';
  assert.equal(await read('ins_new', rotated.privateKey), 'passed');
  for (const { kid = 'none' } of [...passedOver, ...refusedKeys]) assert.equal(await read(kid, rotated.privateKey), '401', kid);
  assert.equal(state.asked, 1);
  assert.deepEqual(lines.map(({ edgegate, kid = 'unnamed' }) => `${edgegate}: ${kid}`), [
    'key refused: ins_short', 'key refused: ins_e', 'key refused: unnamed', 'key refused: unnamed', 'key refused: ins_private', 'key refused: ins_n',
    'key refused: ins_even', 'key refused: ins_spelling',
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
    [{ ...good, use: 'enc' }], [{ ...good, e: 'Aw' }], [null], 'keys',
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
