import { EdgegateError } from './errors.js';

/** Clerk's `session.getToken`, or anything of its shape. */
export type GetToken = (options?: { skipCache?: boolean }) => Promise<string | null>;

/** Seconds that a token must have left when a request starts. Clerk's own cache never goes below 17. */
const MIN_TTL = 20;
/** Seconds between two tokens that are demanded past Clerk's cache, whatever happens. */
const MIN_INTERVAL = 10;

export interface Tokens {
  /** A token with enough life left. */
  current(): Promise<string>;
  /** A token to try once more with, after the edge refused `rejected` with 401. */
  replace(rejected: string): Promise<string>;
  forget(): void;
}

interface Times { iat: number; exp: number }

/** `iat` and `exp` of a token, in seconds; nothing here verifies it, the edge does. */
export function times(token: string): Times {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const { iat, exp } = JSON.parse(atob(payload));
    return { iat: Number(iat) || 0, exp: Number(exp) || 0 };
  } catch {
    return { iat: 0, exp: 0 };
  }
}

/**
 * Takes tokens from Clerk's cache, and demands new ones sparingly: Clerk does not join calls with
 * `skipCache`, so a gallery that asks fifty times makes fifty requests. At most one is under way, and
 * one in ten seconds. `now` is in milliseconds.
 */
export function createTokens(getToken: GetToken, now: () => number): Tokens {
  let pending: Promise<string> | undefined;
  let demanded: number | undefined;
  // How far this device's clock is ahead, learnt from a token that was made just now.
  let ahead = 0;
  let latest = '';
  // Counts sign-outs: a token that was asked for before one is not kept after it.
  let epoch = 0;

  const ask = async (options?: { skipCache: true }): Promise<string> => {
    const asked = epoch;
    let token: string | null;
    try {
      token = await getToken(options);
    } catch (cause) {
      throw offline(cause) ?? cause;
    }
    if (!token || asked !== epoch) throw new EdgegateError('signed-out', 'nobody is signed in');
    return (latest = token);
  };
  const demand = (): Promise<string> => {
    if (pending) return pending;
    demanded = now();
    const mine = (pending = ask({ skipCache: true })
      .then((token) => {
        const { iat } = times(token);
        if (iat) ahead = now() / 1000 - iat;
        return token;
      }, (error) => {
        demanded = undefined;
        throw error;
      })
      .finally(() => {
        if (pending === mine) pending = undefined;
      }));
    return mine;
  };
  const mayDemand = (): boolean => pending !== undefined || demanded === undefined || now() - demanded >= MIN_INTERVAL * 1000;
  const left = (token: string): number => times(token).exp - (now() / 1000 - ahead);

  return {
    async current() {
      if (pending) return pending;
      const token = await ask();
      return left(token) < MIN_TTL && mayDemand() ? demand() : token;
    },
    async replace(rejected) {
      if (latest && latest !== rejected) return latest;
      return mayDemand() ? demand() : ask();
    },
    forget() {
      latest = '';
      demanded = undefined;
      pending = undefined;
      epoch++;
    },
  };
}

/** Since Clerk's Core 3, `getToken` throws this instead of returning null without a network. */
function offline(cause: unknown): EdgegateError | undefined {
  const isOffline = (cause as { code?: unknown } | null)?.code === 'clerk_offline';
  return isOffline ? new EdgegateError('offline', 'no token without a network', { cause }) : undefined;
}
