import { createClientOn, type ClientOptions, type Platform } from '../src/client.js';
import type { UploadRequest, UploadResponse } from '../src/transport.js';

const part = (value: object): string => btoa(JSON.stringify(value)).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_');

/** A token of the shape that Clerk makes; its signature is nobody's business here. */
export const token = (iat: number, lifetime = 60): string => `${part({ alg: 'RS256' })}.${part({ iat, exp: iat + lifetime, jti: `${iat}` })}.x`;

export const answer = (status: number, body: object | string = '', etag: string | null = null): UploadResponse => ({
  status,
  etag,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A client on a pretended platform: its clock only moves by sleeping, its edge is a function. */
export function stage(upload: (request: UploadRequest, count: number) => UploadResponse | Promise<UploadResponse>, options: Partial<ClientOptions> = {}, other: Partial<Platform> = {}) {
  const clock = { now: 1_700_000_000_000 };
  const sent: UploadRequest[] = [];
  const slept: number[] = [];
  const asked: ({ skipCache?: boolean } | undefined)[] = [];
  const getToken: ClientOptions['getToken'] = async (how) => {
    asked.push(how);
    return token(Math.floor(clock.now / 1000) + (how?.skipCache ? asked.length : 0));
  };
  const platform: Platform = {
    transport: async (request) => upload(request, sent.push(request)),
    fetch: async (url, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers)) as Record<string, string>;
      const request = { url: String(url), file: '', headers, signal: init?.signal ?? undefined };
      const { status, body } = await upload(request, sent.push(request));
      return new Response(body, { status });
    },
    now: () => clock.now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      clock.now += milliseconds;
    },
    random: () => 1,
    clearCaches: async () => undefined,
    ...other,
  };
  const client = createClientOn(platform, { baseUrl: 'https://img.example.com/', getToken, ...options });
  return { client, clock, sent, slept, asked };
}
