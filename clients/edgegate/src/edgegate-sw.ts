/// <reference lib="webworker" />
// The service worker: adds the token to image requests, so that plain <img>, srcset, <picture>, CSS
// backgrounds, preloads and posters work. Registered as `edgegate-sw.js?prefix=https://img.example.com/`.
import { times } from './tokens.js';

declare const self: ServiceWorkerGlobalScope;

type Message = { edgegate: 'claim' | 'clear' };

const prefixes = new URL(self.location.href).searchParams.getAll('prefix');
/** Milliseconds that a page may take to find a token. */
const PATIENCE = 5000;
/** Milliseconds that a token must have left. */
const MIN_LEFT = 5000;

// In memory only. A browser stops an idle worker after some 30 seconds; then a page is asked again.
let token: string | null = null;
let pending: Promise<string | null> | undefined;
// Counts sign-outs: a token that was asked for before one is not kept after it.
let epoch = 0;

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  const message = event.data as Message | undefined;
  if (message?.edgegate === 'claim') event.waitUntil(self.clients.claim());
  if (message?.edgegate === 'clear') {
    token = null;
    epoch++;
    pending = undefined;
    event.ports[0]?.postMessage('cleared');
  }
});

function ask(page: Client, rejected: string | null): Promise<string | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => resolve(null), PATIENCE);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(typeof data === 'string' ? data : null);
    };
    page.postMessage({ edgegate: 'need-token', rejected }, [port2]);
  });
}

/** Asks the page that wants the image, then every other one: a frame or a worker may not listen. */
async function askPages(pageId: string, rejected: string | null): Promise<string | null> {
  const asked = epoch;
  const own = pageId ? await self.clients.get(pageId) : undefined;
  const others = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const pages = [own, ...others.filter(({ id }) => id !== pageId)].filter((page) => page?.type === 'window');
  for (const page of pages) {
    const answer = page && (await ask(page, rejected));
    if (asked !== epoch) return null;
    if (answer) return (token = answer);
  }
  return null;
}

async function current(pageId: string, rejected: string | null): Promise<string | null> {
  const isUsable = token && token !== rejected && times(token).exp * 1000 - Date.now() > MIN_LEFT;
  if (isUsable) return token;
  if (!pending) {
    const mine = askPages(pageId, rejected).finally(() => {
      if (pending === mine) pending = undefined;
    });
    pending = mine;
  }
  return pending;
}

/** The request again, with a token. A `no-cors` request would drop the header without a word. */
function withToken(request: Request, bearer: string): Request {
  const headers = new Headers(request.headers);
  headers.set('Authorization', `Bearer ${bearer}`);
  const { method, cache, signal } = request;
  return new Request(request.url, { method, headers, cache, signal, mode: 'cors', credentials: 'omit', redirect: 'error' });
}

/**
 * The same answer, which pages may not keep. A tab's memory would otherwise show the image after the
 * user signed out, without asking anybody: `Clear-Site-Data` does not reach it in Chromium. The
 * browser's HTTP cache is below the worker, and keeps its copy by the edge's own `Cache-Control`.
 */
function unkept(answer: Response): Response {
  if (!answer.ok) return answer;
  const headers = new Headers(answer.headers);
  headers.set('Cache-Control', 'no-store');
  const { status, statusText, body } = answer;
  return new Response(body, { status, statusText, headers });
}

async function respond(request: Request, pageId: string): Promise<Response> {
  const first = await current(pageId, null);
  // Nobody is signed in. The cache is not asked: it would show a copy to whoever comes next.
  if (!first) return new Response(null, { status: 401, statusText: 'no token' });
  const started = epoch;
  const answer = await fetch(withToken(request, first));
  if (answer.status !== 401 || started !== epoch) return answer;
  const fresh = await current(pageId, first);
  return fresh && fresh !== first ? fetch(withToken(request, fresh)) : answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const isOurs = prefixes.some((prefix) => request.url.startsWith(prefix)) && !request.url.includes('/.edgegate/');
  if (isRead && isOurs && !request.headers.has('authorization')) event.respondWith(respond(request, event.clientId).then(unkept));
});
