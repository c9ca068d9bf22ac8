import { getRandomBytes } from 'expo-crypto';
import { Image } from 'expo-image';
import { type Client, type ClientOptions, createClientOn } from './client.js';
import { type Place, uniquePath } from './paths.js';
import { platform } from './platform.js';
import { transport } from './transport.native.js';

export type { Client, ClientOptions, PutOptions, PutResult, Source } from './client.js';
export { type ClientCode, type EdgeCode, EdgegateError, type ErrorCode } from './errors.js';
export { contentHash } from './hash.native.js';
export { contentPath, type Place } from './paths.js';
export type { GetToken } from './tokens.js';
export type { Transport, Upload } from './transport.js';

/** A path for a new image: unique, unguessable, and so written once. */
export const imagePath = (place: Place): string => uniquePath(getRandomBytes, place);

async function clearCaches(): Promise<void> {
  await Promise.all([Image.clearMemoryCache(), Image.clearDiskCache()]);
}

/** A client for the images below `baseUrl`. */
export const createClient = (options: ClientOptions): Client => createClientOn(platform({ transport, clearCaches }), options);
