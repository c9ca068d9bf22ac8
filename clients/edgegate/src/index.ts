import { type Client, type ClientOptions, createClientOn } from './client.js';
import { type Place, uniquePath } from './paths.js';
import { transport } from './transport.js';

export type { Client, ClientOptions, PutOptions, PutResult, Source } from './client.js';
export { type ClientCode, type EdgeCode, EdgegateError, type ErrorCode } from './errors.js';
export { contentHash, contentPath, type Place } from './paths.js';
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
  await fetch(`${baseUrl}/.edgegate/signout`, { cache: 'no-store', credentials: 'include' }).catch(() => undefined);
}

/** A client for the images below `baseUrl`. */
export const createClient = (options: ClientOptions): Client =>
  createClientOn(
    {
      transport,
      fetch: (...request) => fetch(...request),
      now: Date.now,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      random: Math.random,
      clearCaches,
    },
    options,
  );
