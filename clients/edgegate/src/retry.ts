import { aborted, EdgegateError, isPassing, throwIfAborted } from './errors.js';

/** Milliseconds before the second try at most, doubled with each further one, up to … */
const FIRST_DELAY = 500;
/** … this. */
const MAX_DELAY = 8000;

/** What trying again needs of the world. */
export interface Patience {
  /** Tries after the first. */
  retries: number;
  /** Resolves after so many milliseconds, or at once when the signal ends it. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
}

/**
 * Sends until there is an answer that does not pass by itself, or no try is left. No answer at all counts
 * as one that passes: where a preflight fails, or an answer has no CORS headers as CloudFront's own errors
 * may not, browsers keep a 503 from scripts and say that the network failed (Fetch, CORS-preflight fetch
 * and CORS check). The pauses grow, and no two clients take the same.
 */
export async function persistently<T extends { status: number }>(
  { retries, sleep, random }: Patience,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    const last = attempt >= retries;
    try {
      const answer = await send();
      if (last || !isPassing(answer.status)) return answer;
    } catch (error) {
      const failure = asError(error, signal);
      if (last || failure.code !== 'offline') throw failure;
    }
    await sleep(Math.min(MAX_DELAY, FIRST_DELAY * 2 ** attempt) * (0.5 + random() / 2), signal);
  }
}

/** {@link Patience.sleep} of every platform. */
export const sleep: Patience['sleep'] = (milliseconds, signal) =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });

function asError(error: unknown, signal: AbortSignal | undefined): EdgegateError {
  if (signal?.aborted) return aborted();
  if (error instanceof EdgegateError) return error;
  return new EdgegateError('offline', 'no answer', { cause: error });
}
