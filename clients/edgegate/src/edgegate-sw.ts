/// <reference lib="webworker" />
// The service worker: adds the token to image requests, so that plain <img>, srcset, <picture>, CSS
// backgrounds, preloads and posters work. Registered as `edgegate-sw.js?prefix=https://img.example.com/`.
import { persistently, sleep } from './retry.js';
import { times } from './tokens.js';

declare const self: ServiceWorkerGlobalScope;

type Message = { edgegate: 'here' | 'claim' | 'clear' };

const prefixes = new URL(self.location.href).searchParams.getAll('prefix');
/** Milliseconds that a page may take to load until it has a token. One that is ready answers at once. */
const PATIENCE = 5000;
/** Milliseconds that a token must have left. */
const MIN_LEFT = 5000;
/** Reads can be made again; how often. */
const EDGE = { retries: 3, sleep, random: Math.random };

// In memory only. A browser stops an idle worker after some 30 seconds; then the pages are asked again.
let token: string | null = null;
let pending: Promise<string | null> | undefined;
/** The last one for which the edge refused an image to its owner (403). */
let forbidden: string | null = null;
/** What is asked and not answered: puts the question to one more page, and gives the answer. */
let question: { put: (page: Client) => void; answer: (token: string | null) => void } | undefined;
// Counts sign-outs: a token that was asked for before one is not kept after it.
let epoch = 0;

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  const message = event.data as Message | undefined;
  if (message?.edgegate === 'here') {
    // A page that was asked before it listened never heard the question. And somebody else may have
    // signed in since the token was given, or nobody be signed in any more.
    token = null;
    question?.put(event.source as Client);
  }
  if (message?.edgegate === 'claim') event.waitUntil(self.clients.claim());
  if (message?.edgegate === 'clear') {
    token = null;
    epoch++;
    question?.answer(null);
    event.ports[0]?.postMessage('cleared');
  }
});

/**
 * Asks every page at once, and those that come while it waits. The first answer counts for all, as a
 * site has one user: a page on which nobody is signed in says so, and nothing waits for it.
 */
async function askPages(rejected: string | null): Promise<string | null> {
  const answered = new Promise<string | null>((answer) => {
    const put = (page: Client): void => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => answer(typeof data === 'string' ? data : null);
      page.postMessage({ edgegate: 'need-token', rejected }, [port2]);
    };
    question = { put, answer };
    setTimeout(answer, PATIENCE, null);
  });
  const asked = epoch;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) question?.put(page);
  const found = await answered;
  question = undefined;
  if (asked === epoch) token = found;
  return asked === epoch ? found : null;
}

async function current(rejected: string | null): Promise<string | null> {
  const isUsable = token && token !== rejected && times(token).exp * 1000 - Date.now() > MIN_LEFT;
  if (isUsable) return token;
  pending ??= askPages(rejected).finally(() => (pending = undefined));
  return pending;
}

/** The request again, with a token. A `no-cors` request would drop the header without a word. */
function withToken(request: Request, bearer: string): Request {
  const headers = new Headers(request.headers);
  headers.set('Authorization', `Bearer ${bearer}`);
  const { method, cache, signal } = request;
  return new Request(request.url, { method, headers, cache, signal, mode: 'cors', credentials: 'omit', redirect: 'error' });
}

/** Again, if the edge could not judge it: it starts another authorizer. Not for pages that have gone. */
const fetchAgain = (request: Request, bearer: string): Promise<Response> =>
  persistently(EDGE, request.signal, () => fetch(withToken(request, bearer)));

/**
 * The same answer, which pages may not keep. A tab's memory would otherwise show the image after the
 * user signed out, without asking anybody: `Clear-Site-Data` does not reach it in Chromium. The
 * browser's HTTP cache is below the worker, and keeps its copy by the edge's own `Cache-Control`.
 * The page may show it whatever its site: it was let in by its token, not by where it is.
 */
function unkept(answer: Response): Response {
  if (!answer.ok) return answer;
  const headers = new Headers(answer.headers);
  headers.set('Cache-Control', 'no-store');
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin');
  const { status, statusText, body } = answer;
  return new Response(body, { status, statusText, headers });
}

async function respond(request: Request): Promise<Response> {
  const first = await current(null);
  // Nobody is signed in. The cache is not asked: it would show a copy to whoever comes next.
  if (!first) return new Response(null, { status: 401, statusText: 'no token' });
  const started = epoch;
  const answer = await fetchAgain(request, first);
  if (started !== epoch) return answer;
  const fresh = await another(first, answer.status);
  return fresh && fresh !== first ? fetchAgain(request, fresh) : answer;
}

/**
 * A token in place of one that was refused (401), or that was good and whose owner may not (403): the page
 * may have another user or organization by now. It is asked that once for each token.
 */
async function another(used: string, status: number): Promise<string | null> {
  if (status === 401) return current(used);
  if (status !== 403 || forbidden === used) return null;
  forbidden = used;
  if (token === used) token = null;
  return current(null);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const isOurs = prefixes.some((prefix) => request.url.startsWith(prefix)) && !request.url.includes('/.edgegate/');
  if (isRead && isOurs && !request.headers.has('authorization')) event.respondWith(respond(request).then(unkept));
});
