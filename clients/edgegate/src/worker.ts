import { createTokens, type GetToken } from './tokens.js';

export interface WorkerOptions {
  /** Where the images are; the worker adds tokens to requests that start with it. */
  baseUrl: string;
  /** Clerk's `getToken`, once Clerk has loaded: null says that nobody is signed in. */
  getToken: GetToken;
  /** Where the app serves `edgegate-sw.js`: in its root, as a worker serves only its own folder. */
  workerUrl?: string;
  /** Milliseconds until the page goes on without a worker that takes its time. Default: 10000. */
  patience?: number;
}

export interface ImageWorker {
  /** Whether the worker serves this page: only then will a plain `<img>` get a token. */
  readonly active: boolean;
  /** Forgets the token; pass it to `createClient` as `onSignOut`. */
  clear(): Promise<void>;
}

/**
 * Registers the service worker and waits until it serves this page. Render images after it. Call it
 * on every page, whether somebody is signed in or not, and again after signing in without a reload.
 *
 * Without service workers (a WKWebView, some private windows) `active` is false; show images with
 * `fetchImage` or `useEdgegateSource` there.
 */
export async function registerImageWorker(options: WorkerOptions): Promise<ImageWorker> {
  if (!('serviceWorker' in navigator)) return { active: false, clear: async () => undefined };
  const container = navigator.serviceWorker;
  const tokens = createTokens(options.getToken, Date.now);
  let signedOut = false;
  listen(container, async (rejected) => {
    const find = rejected ? tokens.replace(rejected) : tokens.current();
    return signedOut ? null : find.catch(() => null);
  });
  const wanted = address(options);
  const isActive = (): boolean => container.controller?.scriptURL === wanted;
  const controlled = untilControlled(container, isActive);
  try {
    const registration = await container.register(wanted);
    // After a forced reload a worker is active and the page is not its own.
    if (!isActive()) registration.active?.postMessage({ edgegate: 'claim' });
    await Promise.race([controlled, new Promise((resolve) => setTimeout(resolve, options.patience ?? 10_000))]);
  } catch {
    // Refused by the browser's settings: as if there were none.
  }
  return {
    get active() {
      return isActive() && !signedOut;
    },
    async clear() {
      signedOut = true;
      tokens.forget();
      await clear(container);
    },
  };
}

let stopListening: (() => void) | undefined;

/** Answers the worker's questions, in place of what answered them before, and tells it so. */
function listen(container: ServiceWorkerContainer, find: (rejected: string | null) => Promise<string | null>): void {
  stopListening?.();
  const answer = async ({ data, ports }: MessageEvent): Promise<void> => {
    if (data?.edgegate === 'need-token') ports[0]?.postMessage(await find(data.rejected));
  };
  const greet = (): void => container.controller?.postMessage({ edgegate: 'here' });
  container.addEventListener('message', answer);
  container.addEventListener('controllerchange', greet);
  container.startMessages();
  greet();
  stopListening = () => {
    container.removeEventListener('message', answer);
    container.removeEventListener('controllerchange', greet);
  };
}

function address({ workerUrl = '/edgegate-sw.js', baseUrl }: WorkerOptions): string {
  const url = new URL(workerUrl, location.href);
  url.searchParams.set('prefix', new URL(`${baseUrl.replace(/\/+$/, '')}/`, location.href).href);
  return url.href;
}

/** Listens before the registration starts; an older worker with other settings does not count. */
function untilControlled(container: ServiceWorkerContainer, isActive: () => boolean): Promise<void> {
  if (isActive()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isActive()) return;
      container.removeEventListener('controllerchange', look);
      resolve();
    };
    container.addEventListener('controllerchange', look);
  });
}

/** Every worker of the site, as an older one may still serve another tab. */
async function clear(container: ServiceWorkerContainer): Promise<void> {
  const registrations = await container.getRegistrations();
  const workers = registrations.flatMap(({ active, waiting, installing }) => [active, waiting, installing]);
  const cleared = workers.map((worker) => {
    if (!worker || !new URL(worker.scriptURL).searchParams.has('prefix')) return undefined;
    return new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      setTimeout(resolve, 1000);
      worker.postMessage({ edgegate: 'clear' }, [port2]);
    });
  });
  await Promise.all(cleared);
}
