import { refusal } from './errors.js';
import { contentType, isContentPath } from './paths.js';
import { type Patience, persistently } from './retry.js';
import { createTokens, type GetToken } from './tokens.js';
import type { Transport, Upload, UploadResponse } from './transport.js';

export interface ClientOptions {
  /** Where the images are: `https://img.example.com`, or `/images` on the app's own host. */
  baseUrl: string;
  /** Clerk's `getToken`: pass the function, not a token. */
  getToken: GetToken;
  /** How often what passes by itself is tried again. Default: 3. */
  retries?: number;
  /** Instead of the platform's own way to upload. */
  transport?: Transport;
  /** Called by `signOut`, after the client's own: a service worker's `clear` belongs here. */
  onSignOut?: () => Promise<void> | void;
}

export interface PutOptions {
  /** Bytes sent, and of how many; it starts again when the upload is tried again. */
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
  /** Default: the Blob's own type, else what the path's extension stands for. */
  contentType?: string;
}

export interface PutResult {
  path: string;
  url: string;
  etag: string | null;
  /** `existed`: these very bytes were there already, by an earlier attempt or by their hash. */
  outcome: 'created' | 'existed';
}

/** What image components take: expo-image's `source`, and the parts of it a `fetch` needs. */
export interface Source {
  uri: string;
  headers: { Authorization: string };
  /** Without the token, so that a fresher one finds the copy of an older one. */
  cacheKey: string;
}

export interface Client {
  /** Uploads a new image. */
  put(path: string, file: Upload, options?: PutOptions): Promise<PutResult>;
  /** An address with a token for one request; another token than that of a source that was `refused`. */
  source(path: string, refused?: Source): Promise<Source>;
  /** Fetches the whole of an image; rejects unless it is there and may be seen. */
  fetchImage(path: string, options?: { signal?: AbortSignal }): Promise<Response>;
  /** The address of an image; it opens for nobody without a token. */
  url(path: string): string;
  /** Ends access on this device. Call it before Clerk's own `signOut`. */
  signOut(): Promise<void>;
  /** Calls back on sign-out; returns what ends that. */
  onSignedOut(listener: () => void): () => void;
}

/** What differs between platforms and in tests. */
export interface Platform extends Omit<Patience, 'retries'> {
  transport: Transport;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Empties the caches of the platform. */
  clearCaches: (baseUrl: string) => Promise<void>;
}

export function createClientOn(platform: Platform, options: ClientOptions): Client {
  const { retries = 3, transport = platform.transport } = options;
  const patience = { ...platform, retries };
  const base = options.baseUrl.replace(/\/+$/, '');
  const tokens = createTokens(options.getToken, platform.now);
  const listeners = new Set<() => void>();
  const url = (path: string): string => `${base}/${path.replace(/^\/+/, '')}`;

  /** One request, and one more with a fresh token after a 401. `doubted`: a token not to begin with. */
  async function authorized<T extends { status: number }>(send: (token: string) => Promise<T>, doubted?: string): Promise<T> {
    const token = await (doubted ? tokens.replace(doubted) : tokens.current());
    const answer = await send(token);
    if (answer.status !== 401) return answer;
    const fresh = await tokens.replace(token);
    return fresh === token ? answer : send(fresh);
  }

  return {
    url,
    async put(path, file, { onProgress, signal, contentType: type } = {}) {
      const mime = type ?? (typeof file === 'string' ? undefined : file.type || undefined) ?? contentType(path);
      // The token of an attempt without an answer. A 401 that came while the body was on its way is lost
      // with the connection, so that token may be to blame.
      let doubted: string | undefined;
      const send = (token: string): Promise<UploadResponse> => {
        const headers = { Authorization: `Bearer ${token}`, ...(mime && { 'Content-Type': mime }) };
        return transport({ url: url(path), file, headers, signal, onProgress }).catch((error) => {
          doubted = token;
          throw error;
        });
      };
      const answer = await persistently(patience, signal, () => authorized(send, doubted));
      const result = { path, url: url(path), etag: answer.etag };
      if (answer.status >= 200 && answer.status < 300) return { ...result, outcome: 'created' };
      // The path is taken: by the same bytes, where its name is their hash, or by the attempt of this
      // very call whose answer was lost. (On paths that nobody else can have guessed, as `imagePath`
      // makes them, it can have been no other.)
      if (answer.status === 412 && (doubted || isContentPath(path))) return { ...result, outcome: 'existed' };
      throw refusal(answer.status, answer.body);
    },
    async source(path, refused) {
      const token = await (refused ? tokens.replace(refused.headers.Authorization.slice('Bearer '.length)) : tokens.current());
      return { uri: url(path), headers: { Authorization: `Bearer ${token}` }, cacheKey: url(path) };
    },
    async fetchImage(path, { signal } = {}) {
      const send = async (token: string): Promise<Response> => {
        const init = { headers: { Authorization: `Bearer ${token}` }, credentials: 'omit' as const, ...(signal && { signal }) };
        const answer = await platform.fetch(url(path), init);
        // All of it: a connection that breaks in the middle is tried again like one that never was.
        return answer.ok ? new Response(await answer.blob(), answer) : answer;
      };
      const answer = await persistently(patience, signal, () => authorized(send));
      if (answer.ok) return answer;
      throw refusal(answer.status, await answer.text().catch(() => ''));
    },
    async signOut() {
      tokens.forget();
      for (const listener of listeners) listener();
      await options.onSignOut?.();
      await platform.clearCaches(base);
    },
    onSignedOut(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
