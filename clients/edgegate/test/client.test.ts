import { expect, test } from 'vitest';
import { contentPath } from '../src/paths.js';
import { sleep } from '../src/retry.js';
import { answer, stage } from './support.js';

const image = new Blob(['x'], { type: 'image/webp' });

test('uploads with a token and the type of the file', async () => {
  const { client, sent } = stage(() => answer(200, '', '"e1"'));
  const result = await client.put('/users/u/a.webp', image);
  expect(result).toEqual({ path: '/users/u/a.webp', url: 'https://img.example.com/users/u/a.webp', etag: '"e1"', outcome: 'created' });
  expect(sent[0]?.headers['Authorization']).toMatch(/^Bearer ey/);
  expect(sent[0]?.headers['Content-Type']).toBe('image/webp');
});

test('takes the type from the path of a uri, and from the caller first', async () => {
  const { client, sent } = stage(() => answer(200));
  await client.put('/a.JPG', 'file:///a');
  await client.put('/a.jpg', 'file:///a', { contentType: 'image/avif' });
  expect(sent.map((it) => it.headers['Content-Type'])).toEqual(['image/jpeg', 'image/avif']);
});

test('tries once more with a fresh token after a 401', async () => {
  const { client, sent, asked } = stage((_, count) => (count === 1 ? answer(401, { error: 'token-expired', message: 'm' }) : answer(200)));
  await client.put('/a.webp', image);
  expect(asked).toEqual([undefined, { skipCache: true }]);
  expect(sent[0]?.headers['Authorization']).not.toBe(sent[1]?.headers['Authorization']);
});

test('a second 401 is an error with the edge\'s reason', async () => {
  const { client, sent } = stage(() => answer(401, { error: 'token-invalid-issuer', message: 'the token is from another issuer', request_id: 'r1' }));
  const error = await client.put('/a.webp', image).catch((it) => it);
  expect(error).toMatchObject({ code: 'token-invalid-issuer', status: 401, requestId: 'r1', retryable: false });
  expect(error.message).toBe('edgegate: the token is from another issuer (401)');
  expect(sent).toHaveLength(2);
});

test('what passes by itself is tried again, later and later', async () => {
  const { client, slept } = stage((_, count) => (count < 4 ? answer(503) : answer(200)));
  await client.put('/a.webp', image);
  expect(slept).toEqual([500, 1000, 2000]);
});

test('and not for ever', async () => {
  const { client, sent } = stage(() => answer(503), { retries: 1 });
  await expect(client.put('/a.webp', image)).rejects.toMatchObject({ code: 'unavailable', status: 503, retryable: true });
  expect(sent).toHaveLength(2);
});

test('a refusal is not tried again', async () => {
  const { client, sent } = stage(() => answer(413, { error: 'upload-too-large', message: 'm' }));
  await expect(client.put('/a.webp', image)).rejects.toMatchObject({ code: 'upload-too-large' });
  expect(sent).toHaveLength(1);
});

test('a dropped network is tried again', async () => {
  const { client } = stage((_, count) => (count === 1 ? Promise.reject(new TypeError('network')) : answer(200)));
  expect((await client.put('/a.webp', image)).outcome).toBe('created');
});

test('a token whose refusal may be lost with the connection is not sent again', async () => {
  const { client, sent, asked } = stage((_, count) => (count === 1 ? Promise.reject(new TypeError('network')) : answer(200)));
  await client.put('/a.webp', image);
  expect(asked).toEqual([undefined, { skipCache: true }]);
  expect(sent[0]?.headers['Authorization']).not.toBe(sent[1]?.headers['Authorization']);
});

test('no token without a network: tried again as well', async () => {
  let calls = 0;
  const offline = Object.assign(new Error(), { code: 'clerk_offline' });
  const { client } = stage(() => answer(200), { getToken: async () => (calls++ === 0 ? Promise.reject(offline) : 'a.b.c') });
  expect((await client.put('/a.webp', image)).outcome).toBe('created');
});

test('412: somebody else\'s image is there', async () => {
  const { client } = stage(() => answer(412));
  await expect(client.put('/a.webp', image)).rejects.toMatchObject({ code: 'exists', status: 412 });
});

test('412 after a lost answer: it was this very upload', async () => {
  const { client } = stage((_, count) => (count === 1 ? Promise.reject(new TypeError('network')) : answer(412)));
  expect((await client.put('/a.webp', image)).outcome).toBe('existed');
});

test('412 after a busy edge is somebody else\'s still', async () => {
  const { client } = stage((_, count) => (count === 1 ? answer(503) : answer(412)));
  await expect(client.put('/a.webp', image)).rejects.toMatchObject({ code: 'exists' });
});

test('412 after a refused token is somebody else\'s still', async () => {
  const { client } = stage((_, count) => (count === 1 ? answer(401) : answer(412)));
  await expect(client.put('/a.webp', image)).rejects.toMatchObject({ code: 'exists' });
});

test('412 on the path of a hash: the same bytes are there', async () => {
  const { client } = stage(() => answer(412));
  const path = contentPath('a'.repeat(64), { userId: 'u', extension: 'webp' });
  expect((await client.put(path, image)).outcome).toBe('existed');
});

test('reports progress and hands the signal on', async () => {
  const { client } = stage((request) => {
    request.onProgress?.(1, 2);
    request.onProgress?.(2, 2);
    return answer(200);
  });
  const seen: [number, number][] = [];
  await client.put('/a.webp', image, { onProgress: (...it) => seen.push(it) });
  expect(seen).toEqual([[1, 2], [2, 2]]);
});

test('an abort ends the upload, also between two tries', async () => {
  const controller = new AbortController();
  const { client, sent } = stage(() => {
    controller.abort();
    return answer(503);
  });
  const error = await client.put('/a.webp', image, { signal: controller.signal }).catch((it) => it);
  expect([error.code, error.name, sent.length]).toEqual(['aborted', 'AbortError', 1]);
});

test('an abort ends a pause at once', async () => {
  const controller = new AbortController();
  const { client } = stage(() => answer(503), {}, { sleep: (milliseconds, signal) => {
    queueMicrotask(() => controller.abort());
    return sleep(milliseconds * 1000, signal);
  } });
  await expect(client.fetchImage('/a.webp', { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  expect(await sleep(1e6, controller.signal)).toBe(undefined);
});

test('an image that breaks off in the middle is fetched again', async () => {
  let calls = 0;
  const broken = (): ReadableStream => new ReadableStream({ start: (stream) => stream.error(new TypeError('network error')) });
  const { client } = stage(() => answer(200), {}, { fetch: async () => new Response(calls++ === 0 ? broken() : 'whole', { headers: { 'content-type': 'image/webp' } }) });
  const image = await client.fetchImage('/a.webp');
  expect([calls, image.headers.get('content-type'), await image.text()]).toEqual([2, 'image/webp', 'whole']);
});

test('a missing image is told apart from a refusal', async () => {
  const { client } = stage((_, count) => (count === 1 ? answer(403, '<Error/>') : answer(403, { error: 'insufficient_scope', message: 'm' })));
  await expect(client.fetchImage('/a.webp')).rejects.toMatchObject({ code: 'not-found' });
  await expect(client.fetchImage('/a.webp')).rejects.toMatchObject({ code: 'insufficient_scope' });
});

test('a source has a cache key without the token', async () => {
  const { client } = stage(() => answer(200));
  const { cacheKey, headers, uri } = await client.source('users/u/a.webp');
  expect([cacheKey, uri]).toEqual(['https://img.example.com/users/u/a.webp', 'https://img.example.com/users/u/a.webp']);
  expect(headers.Authorization).toMatch(/^Bearer /);
});

test('signing out tells components, then the worker', async () => {
  const order: string[] = [];
  const { client } = stage(() => answer(200), { onSignOut: async () => void order.push('worker') });
  client.onSignedOut(() => order.push('component'));
  const stop = client.onSignedOut(() => order.push('gone'));
  stop();
  await client.signOut();
  expect(order).toEqual(['component', 'worker']);
});
