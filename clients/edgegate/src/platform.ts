import type { Platform } from './client.js';
import { sleep } from './retry.js';

/** What every platform has, with what it has of its own. */
export const platform = (own: Pick<Platform, 'transport' | 'clearCaches'>): Platform => ({
  ...own,
  fetch: (...request) => fetch(...request),
  now: Date.now,
  sleep,
  random: Math.random,
});
