// Whatever goes wrong is a refusal: EDGEGATE_BUNDLE_DIR=<folder> node --test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, KID, RULES, WASM, bearer, compile, failedClosed, load, makeEvent, mint, privateKey } from './support.mjs';

const handler = await load();
const COMPILED = compile(RULES);

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

// How many instances of the module are made from now on.
function countInstances(context) {
  let instances = 0;
  context.mock.method(WebAssembly, 'Instance', new Proxy(WebAssembly.Instance, {
    construct(target, values) {
      instances += 1;
      return Reflect.construct(target, values);
    },
  }));
  return () => instances;
}

test('a trap is a refusal, and the next request gets a new instance', async (context) => {
  context.mock.method(console, 'error', () => {});
  const instances = countInstances(context);
  const passing = () => makeEvent({ headers: bearer(mint()) });
  const poisoned = await load({ wasm: trapIn(WASM, 'describe') });
  assert.equal((await poisoned(passing())).uri, '/a.png');
  assert.equal(instances(), 1);
  failedClosed(await poisoned(makeEvent()));
  assert.equal((await poisoned(passing())).uri, '/a.png');
  assert.equal(instances(), 2);
  for (const name of ['begin', 'finish']) {
    const broken = await load({ wasm: trapIn(WASM, name) });
    for (const _ of [1, 2]) failedClosed(await broken(passing()));
  }
});

test('what anybody can send costs nobody else the tokens that are known', async (context) => {
  context.mock.method(console, 'error', () => {});
  const instances = countInstances(context);
  const handle = await load();
  const cookies = makeEvent({ headers: { cookie: Array(1000).fill('a=b') } });
  const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`x-${at}`, 'a']));
  for (const event of [cookies, makeEvent({ method: 'PUT', headers }), makeEvent({ uri: `/${'a'.repeat(100000)}` })]) failedClosed(await handle(event));
  assert.equal((await handle(makeEvent({ headers: bearer(mint()) }))).uri, '/a.png');
  assert.equal(instances(), 1);
});

test('a broken deployment refuses everything', async () => {
  const bin = COMPILED['rules.bin'];
  const trapping = Buffer.from('AGFzbQEAAAABBQFgAAF/AwIBAAcKAQZidWZmZXIAAAoFAQMAAAs=', 'base64');
  const privateJwk = JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: KID }] });
  const deployments = [
    { wasm: WASM.subarray(0, WASM.length / 2) }, { wasm: Buffer.from('nonsense') }, { wasm: trapping },
    { rules: '', compiled: COMPILED }, ...['', bin.subarray(1), RULES, Buffer.concat([bin, Buffer.of(0)]), bin.map((byte, at) => (at === 99 ? byte ^ 1 : byte))]
      .map((bytes) => ({ compiled: { ...COMPILED, 'rules.bin': bytes } })),
    { keys: '' }, { keys: '{"keys":[]}' }, { keys: KEYS.replace('AQAB', 'Aw') }, { keys: privateJwk }, { keys: KEYS.replace(KID, '') },
  ];
  deployments.push({ wasm: trapIn(WASM, 'layout') }, { wasm: trapIn(WASM, 'configure') });
  for (const deployment of deployments) {
    const broken = await load(deployment);
    failedClosed(await broken(makeEvent({ headers: bearer(mint()) })));
    failedClosed(await broken(makeEvent({ headers: bearer(mint()) })));
  }
});

test('without answers a refusal is an error', async (context) => {
  context.mock.method(console, 'error', () => {});
  for (const text of ['', '[]', '{}']) {
    const broken = await load({ compiled: { ...COMPILED, 'answers.json': text } });
    for (const _ of [1, 2]) failedClosed(await broken(makeEvent()));
    assert.equal((await broken(makeEvent({ headers: bearer(mint()) }))).uri, '/a.png');
  }
});

test('the module imports nothing and cannot grow', async () => {
  const module = new WebAssembly.Module(WASM);
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const { memory } = new WebAssembly.Instance(module).exports;
  assert.throws(() => memory.grow(1), RangeError);
});

test('thousands of requests need no more memory', async () => {
  for (let i = 0; i < 3000; i += 1) {
    assert.equal((await handler(makeEvent({ headers: bearer(mint({ jti: `${i}` })) }))).uri, '/a.png');
  }
});
