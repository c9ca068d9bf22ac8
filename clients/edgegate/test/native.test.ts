import { beforeEach, expect, test } from 'vitest';
import { legacyTransport } from '../src/expo-legacy.js';
import { contentHash, contentPath, createClient, EdgegateError, imagePath } from '../src/index.native.js';
import type { Transport } from '../src/transport.js';
import { transport as newTransport } from '../src/transport.native.js';
import { expo } from './stand-in/expo.js';

const good = expo.upload;
beforeEach(() => Object.assign(expo, { uploads: [], cleared: [], cancelled: 0, upload: good }));

const request = { url: 'https://img.example.com/a.webp', file: 'file:///a.webp', headers: { Authorization: 'Bearer t', 'Content-Type': 'image/webp' } };
const TRANSPORTS: [string, Transport, unknown][] = [['of SDK 56', newTransport, 'foreground'], ['of SDK 54 and 55', legacyTransport, 1]];

test.each(TRANSPORTS)('the transport %s puts the bytes of the file, in the foreground', async (_, transport, session) => {
  expect(await transport(request)).toEqual({ status: 200, etag: '"e1"', body: '' });
  expect(expo.uploads).toMatchObject([{ uri: request.file, url: request.url, options: { httpMethod: 'PUT', uploadType: 0, sessionType: session, headers: request.headers } }]);
});

test.each(TRANSPORTS)('the transport %s finds the ETag whatever its case, and resolves for a refusal', async (_, transport) => {
  expo.upload = async () => ({ status: 412, headers: { etag: '"e2"' }, body: 'no' });
  expect(await transport(request)).toEqual({ status: 412, etag: '"e2"', body: 'no' });
});

test.each(TRANSPORTS)('the transport %s tells an abort from a lost network', async (_, transport) => {
  const controller = new AbortController();
  expo.upload = async () => {
    controller.abort();
    throw new Error('cancelled');
  };
  await expect(transport({ ...request, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  expo.upload = async () => Promise.reject(new Error('lost'));
  await expect(transport(request)).rejects.not.toBeInstanceOf(EdgegateError);
});

test.each(TRANSPORTS)('the transport %s takes uris, as a Blob would be read into memory', async (_, transport) => {
  await expect(transport({ ...request, file: new Blob(['x']) })).rejects.toBeInstanceOf(TypeError);
});

test('an abort cancels the task of SDK 54 and 55, which then ends without an answer', async () => {
  const controller = new AbortController();
  expo.upload = async () => {
    controller.abort();
    return null;
  };
  await expect(legacyTransport({ ...request, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  expect(expo.cancelled).toBe(1);
});

test('tells progress by both', async () => {
  const seen: number[][] = [];
  const onProgress = (...it: number[]): void => void seen.push(it);
  expo.upload = async ({ options }) => {
    options['onProgress']?.({ bytesSent: 3, totalBytes: 4 });
    return good({ uri: '', url: '', options });
  };
  await newTransport({ ...request, onProgress });
  await legacyTransport({ ...request, onProgress });
  expect(seen).toEqual([[3, 4], [1, 2]]);
});

test('an upload of a photograph, and what is left of it after signing out', async () => {
  const client = createClient({ baseUrl: 'https://img.example.com', getToken: async () => 'a.b.c' });
  const path = imagePath({ userId: 'u', extension: 'webp' });
  expect(path).toMatch(/^\/users\/u\/[0-9a-f]{32}\.webp$/);
  expect(await client.put(path, 'file:///photo')).toMatchObject({ outcome: 'created', etag: '"e1"' });
  expect(expo.uploads[0]?.options['mimeType']).toBe('image/webp');
  await client.signOut();
  expect(expo.cleared.sort()).toEqual(['disk', 'memory']);
});

test('a photograph is named by the hash of its file', async () => {
  const hash = await contentHash('file:///photo');
  expect(hash).toBe(await contentHash(new Blob(['the bytes of file:///photo'])));
  expect(contentPath(hash, { userId: 'u', extension: 'webp' })).toBe(`/users/u/sha256/${hash}.webp`);
});
