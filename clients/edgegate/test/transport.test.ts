import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { transport } from '../src/transport.js';

/** As much of XMLHttpRequest as an upload uses; `latest` is driven by the test. */
class Request {
  static latest: Request;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  status = 0;
  responseText = '';
  method = '';
  headers: Record<string, string> = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  constructor() { Request.latest = this; }
  open(method: string, url: string): void { this.method = `${method} ${url}`; }
  setRequestHeader(name: string, value: string): void { this.headers[name] = value; }
  getResponseHeader = (name: string): string | null => (name === 'etag' ? '"e1"' : null);
  send(): void {}
  end(how: 'onload' | 'onerror' | 'onabort'): void {
    this[how]?.();
    this.onloadend?.();
  }
  abort(): void { this.end('onabort'); }
}

const request = { url: 'https://img.example.com/a.webp', file: new Blob(['x']), headers: { Authorization: 'Bearer t' } };

/** An upload that has begun. */
async function begin(more = {}): Promise<{ answer: ReturnType<typeof transport>; xhr: Request }> {
  const answer = transport({ ...request, ...more });
  answer.catch(() => undefined);
  await Promise.resolve();
  return { answer, xhr: Request.latest };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('XMLHttpRequest', Request);
});
afterEach(() => {
  expect(vi.getTimerCount(), 'nothing is left behind').toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('puts the bytes with the headers, and resolves for every status', async () => {
  const { answer, xhr } = await begin();
  Object.assign(xhr, { status: 413, responseText: 'no' });
  xhr.end('onload');
  expect(await answer).toEqual({ status: 413, etag: '"e1"', body: 'no' });
  expect([xhr.method, xhr.headers]).toEqual(['PUT https://img.example.com/a.webp', request.headers]);
});

test('a network that is gone without a word is an error after a minute of silence', async () => {
  const { answer, xhr } = await begin();
  vi.advanceTimersByTime(59_000);
  xhr.upload.onprogress?.({ loaded: 1, total: 2 });
  vi.advanceTimersByTime(59_000);
  xhr.upload.onprogress?.({ loaded: 2, total: 2 });
  vi.advanceTimersByTime(60_000);
  const error = await answer.catch((it) => it);
  expect(error).toBeInstanceOf(TypeError);
  expect(error.code).toBe(undefined);
});

test('an abort is told from it', async () => {
  const controller = new AbortController();
  const { answer } = await begin({ signal: controller.signal });
  controller.abort();
  await expect(answer).rejects.toMatchObject({ code: 'aborted' });
  await expect(transport({ ...request, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
});

test('tells progress, and what the network says', async () => {
  const seen: number[][] = [];
  const { answer, xhr } = await begin({ onProgress: (...it: number[]) => seen.push(it) });
  xhr.upload.onprogress?.({ loaded: 1, total: 2 });
  xhr.end('onerror');
  await expect(answer).rejects.toThrow('network error');
  expect(seen).toEqual([[1, 2]]);
});
