import { expect, test } from 'vitest';
import { contentHash, contentPath, imagePath } from '../src/index.js';

test('paths are unique, unguessable and canonical', () => {
  const paths = Array.from({ length: 1000 }, () => imagePath({ userId: 'user_1', extension: 'WebP' }));
  expect(new Set(paths).size).toBe(1000);
  for (const path of paths) expect(path).toMatch(/^\/users\/user_1\/[0-9a-f]{32}\.webp$/);
});

test('a folder is written in its one canonical spelling', () => {
  const folder = '/orgs/été & co:1/';
  expect(contentPath('0'.repeat(64), { folder, extension: 'png' })).toBe(`/orgs/%C3%A9t%C3%A9%20&%20co:1/sha256/${'0'.repeat(64)}.png`);
});

test.each(['', '.webp', 'we/bp', '../x'])('%j is no extension', (extension) => {
  expect(() => imagePath({ userId: 'u', extension })).toThrow(TypeError);
});

test.each(['..', '.', 'a.', ''])('%j is no user', (userId) => {
  expect(() => imagePath({ userId, extension: 'webp' })).toThrow(TypeError);
});

test('a hash is SHA-256 in hexadecimal digits', async () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await contentHash(new Blob(['abc']))).toBe(abc);
  expect(await contentHash('data:,abc')).toBe(abc);
  expect(() => contentPath('ABC', { userId: 'u', extension: 'webp' })).toThrow(TypeError);
});
