import { type Client, type ClientOptions, createClientOn } from './client.js';
import { type Place, uniquePath } from './paths.js';
import { platform } from './platform.js';
import { transport } from './transport.js';

export type { Client, ClientOptions, PutOptions, PutResult, Source } from './client.js';
export { type ClientCode, type EdgeCode, EdgegateError, type ErrorCode } from './errors.js';
export { contentHash } from './hash.js';
export { contentPath, type Place } from './paths.js';
export type { GetToken } from './tokens.js';
export type { Transport, Upload } from './transport.js';

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));

/** A path for a new image: unique, unguessable, and so written once. */
export const imagePath = (place: Place): string => uniquePath(random, place);

/**
 * Asks the edge to have the browser forget what it cached (`Clear-Site-Data: "cache"`). A copy is
 * shown without any token otherwise, as browsers do not look at `Authorization` in their cache.
 */
async function clearCaches(baseUrl: string): Promise<void> {
  await fetch(`${baseUrl}/.edgegate/signout`, { method: 'POST', credentials: 'include' }).catch(() => undefined);
  if (typeof performance !== 'undefined' && typeof location !== 'undefined') await forgetShown(baseUrl);
}

/**
 * Has Chromium drop the images that this page has shown from the tab's memory, which the header does
 * not reach: a `fetch` of the same address takes the image's place there. None brings a token.
 */
async function forgetShown(baseUrl: string): Promise<void> {
  const prefix = new URL(`${baseUrl}/`, location.href).href;
  const loads = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  const images = loads.filter(({ name, initiatorType }) => name.startsWith(prefix) && !/^(fetch|xmlhttprequest)$/.test(initiatorType));
  const shown = [...new Set(images.map(({ name }) => name))];
  await Promise.allSettled(shown.map((url) => fetch(url, { cache: 'no-store', credentials: 'omit' })));
}

/** A client for the images below `baseUrl`. */
export const createClient = (options: ClientOptions): Client => createClientOn(platform({ transport, clearCaches }), options);
