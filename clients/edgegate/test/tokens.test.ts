import { expect, test } from 'vitest';
import { EdgegateError } from '../src/errors.js';
import { createTokens, type GetToken } from '../src/tokens.js';
import { token } from './support.js';

const START = 1_700_000_000;

/** A clock, and a Clerk that holds one token until it is told to make another. */
function world(first = token(START)) {
  const clock = { now: START * 1000 };
  const forced: number[] = [];
  let held = first;
  const getToken: GetToken = async (options) => {
    if (options?.skipCache) {
      forced.push(clock.now);
      held = token(Math.floor(clock.now / 1000));
    }
    return held;
  };
  return { clock, forced, tokens: createTokens(getToken, () => clock.now) };
}

test('takes what Clerk has while it lives for 20 seconds or more', async () => {
  const { clock, forced, tokens } = world();
  clock.now += 40_000;
  expect(await tokens.current()).toBe(token(START));
  expect(forced).toEqual([]);
});

test('demands a new one when less is left, once for a whole gallery', async () => {
  const { clock, forced, tokens } = world();
  clock.now += 40_001;
  const all = await Promise.all(Array.from({ length: 50 }, () => tokens.current()));
  expect(new Set(all)).toEqual(new Set([token(START + 40)]));
  expect(forced).toHaveLength(1);
});

test('fifty images that are refused at once demand one token', async () => {
  const { forced, tokens } = world();
  const stale = await tokens.current();
  const fresh = await Promise.all(Array.from({ length: 50 }, () => tokens.replace(stale)));
  expect(new Set(fresh).size).toBe(1);
  expect(forced).toHaveLength(1);
});

test('an image that was refused late takes the token that another one got', async () => {
  const { clock, forced, tokens } = world();
  const stale = await tokens.current();
  clock.now += 3000;
  const fresh = await tokens.replace(stale);
  expect(await tokens.replace(stale)).toBe(fresh);
  expect(forced).toHaveLength(1);
});

test('never demands in a loop when every token is refused', async () => {
  const { forced, tokens } = world();
  let latest = await tokens.current();
  for (let i = 0; i < 20; i++) latest = await tokens.replace(latest);
  expect(forced).toHaveLength(1);
});

test('never demands in a loop on a device whose clock is ahead', async () => {
  const { clock, forced, tokens } = world();
  const skewed = createTokens(
    async (options) => {
      if (options?.skipCache) forced.push(clock.now);
      return token(Math.floor(clock.now / 1000) - 300);
    },
    () => clock.now,
  );
  for (let i = 0; i < 20; i++) {
    await skewed.current();
    clock.now += 15_000;
  }
  expect(forced).toHaveLength(1);
  void tokens;
});

test('without a network the failure is retryable', async () => {
  const tokens = createTokens(async () => Promise.reject(Object.assign(new Error('offline'), { code: 'clerk_offline' })), Date.now);
  const error = await tokens.current().catch((it) => it);
  expect(error).toBeInstanceOf(EdgegateError);
  expect([error.code, error.retryable]).toEqual(['offline', true]);
});

test('a demand that failed may be made again at once', async () => {
  let calls = 0;
  const getToken: GetToken = async (options) => {
    if (!options?.skipCache) return token(START - 50);
    if (calls++ === 0) throw Object.assign(new Error('offline'), { code: 'clerk_offline' });
    return token(START);
  };
  const tokens = createTokens(getToken, () => START * 1000);
  await expect(tokens.current()).rejects.toMatchObject({ code: 'offline' });
  expect(await tokens.current()).toBe(token(START));
});

test('signed out is said as such', async () => {
  await expect(createTokens(async () => null, Date.now).current()).rejects.toMatchObject({ code: 'signed-out', retryable: false });
});

test('a token that was on its way when somebody signed out is not kept', async () => {
  let answer: (token: string) => void = () => undefined;
  let held = token(START);
  const getToken: GetToken = async (options) => (options?.skipCache ? new Promise((resolve) => (answer = resolve)) : held);
  const tokens = createTokens(getToken, () => START * 1000);
  const late = tokens.replace(await tokens.current());
  tokens.forget();
  answer(token(START + 1));
  await expect(late).rejects.toMatchObject({ code: 'signed-out' });
  held = token(START + 2);
  expect(await tokens.current()).toBe(held);
  expect(await tokens.replace('another')).toBe(held);
});
