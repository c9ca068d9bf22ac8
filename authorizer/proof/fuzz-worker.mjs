// One share of a differential run: the packaged handler and the libraries judge the same tokens.
//
// Sixteen cases in a row are one token under different blows at different times, so that whatever
// the handler remembers about a token is put to the test too.

import dns from 'node:dns';
import { parentPort, workerData } from 'node:worker_threads';
import { eventText } from './events.mjs';
import { hostileToken, strike } from './mutate.mjs';
import { curveOracles, explanation, LEEWAY, oracles } from './oracles.mjs';
import { random } from './random.mjs';
import { curve, handlerUrl, issuerKey, setup } from './setup.mjs';

const { seed, from, to, share, shares } = workerData;
const GROUP = 16;
/** Disagreements that are kept; the others are counted. */
const SHOWN = 20;
/** Of the cases that ours refuses, the libraries judge one of so many. */
const SAMPLE = 8;
/** Seconds between groups: time never runs backwards, as a cache may rely on that. */
const STRIDE = 4000;
const EPOCH = 1_800_000_000;
const SCHEMES = [...Array(30).fill('Bearer '), 'bearer ', 'BEARER ', 'Bearer  ', 'Bearer\t', ' Bearer ', 'Basic ', ''];

let clock = EPOCH * 1000;
const SystemDate = Date;
globalThis.Date = class extends SystemDate {
  constructor(...values) {
    super(...(values.length > 0 ? values : [clock]));
  }

  static now() {
    return clock;
  }
};
// Neither a log line per refusal nor a request for fresh keys has anything to do with the verdict.
for (const name of ['debug', 'error', 'info', 'log', 'warn']) console[name] = () => {};
process.stdout.write = process.stderr.write = () => true;
dns.lookup = (host, options, done) => process.nextTick(done ?? options, new Error('no network here'));

/** An issuer, the handler that knows its keys, and who else judges its tokens. */
async function suiteOf(kind, { setup, issuer, handlerUrl }, oracles) {
  const [key] = setup.jwks.keys;
  const { handler } = await import(handlerUrl);
  const bytes = Buffer.concat([key.n ?? key.x, key.y ?? ''].map((text) => Buffer.from(text, 'base64url')));
  return { kind, setup, issuer: { ...issuer, kid: key.kid }, bytes, handler, judges: Object.entries(oracles) };
}

const issuer = issuerKey();
const ofCurve = curve();
const CLERK = await suiteOf('clerk', { setup, issuer, handlerUrl }, oracles(setup, issuer.pem));
const SUPABASE = await suiteOf('supabase', ofCurve, curveOracles(ofCurve.setup));
/** Of the groups, one in so many is of the second issuer. */
const SUITES = [CLERK, CLERK, CLERK, SUPABASE];

/** The moments at which a group is judged: some at the edges of its dates, in order. */
function moments(rng, now) {
  const edges = [now, now, now + 60, now + 300, now - 10].flatMap((edge) => [edge - LEEWAY, edge, edge + LEEWAY]);
  const moment = () => (rng.chance(0.7) ? now * 1000 + rng.below(20_000) : (rng.pick(edges) + rng.below(3) - 1) * 1000 + rng.pick([0, 1, 999]));
  return Array.from({ length: GROUP }, moment).sort((first, second) => first - second);
}

async function accepts(judge, token) {
  try {
    await judge(token);
    return true;
  } catch {
    return false;
  }
}

async function ours({ handler }, authorization) {
  const answer = await handler(JSON.parse(eventText(authorization, '/shared/a/b.png')));
  return answer.status === undefined ? undefined : (JSON.parse(answer.body).error ?? 'no reason');
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

const result = { accepted: {}, explained: {}, stricter: {}, disagreed: 0, disagreements: [] };
const count = (table, name) => (table[name] = (table[name] ?? 0) + 1);

async function judge(suite, number, token, authorization) {
  const { kind, judges } = suite;
  const reason = await ours(suite, authorization);
  // What ours refuses says nothing about agreement; a part of it tells where others are more lenient.
  if (reason !== undefined && number % SAMPLE !== 0) return;
  const verdicts = [];
  for (const [name, oracle] of judges) verdicts.push([name, await accepts(oracle, token)]);
  if (reason !== undefined) {
    if (verdicts.every(([, accepted]) => accepted)) count(result.stricter, `${kind}: ${reason}`);
    return;
  }
  count(result.accepted, `${kind}: ours`);
  for (const [name, accepted] of verdicts) if (accepted) count(result.accepted, `${kind}: ${name}`);
  for (const [name, accepted] of verdicts) {
    if (accepted) continue;
    const why = explanation(name, claimsOf(token), clock / 1000);
    if (why) {
      count(result.explained, `${name}: ${why}`);
      continue;
    }
    result.disagreed += 1;
    if (result.disagreements.length < SHOWN) result.disagreements.push({ case: number, clock, oracle: name, authorization });
  }
}

async function judgeGroup(group) {
  const rng = random(seed, group);
  const now = EPOCH + (group % 1_000_000) * STRIDE;
  const suite = SUITES[group % SUITES.length];
  const token = hostileToken(suite.kind, suite.setup, suite.issuer, rng, now);
  const times = moments(rng, now);
  for (let index = 0; index < GROUP; index++) {
    const number = group * GROUP + index;
    const struck = strike(token, rng, suite.bytes);
    const scheme = rng.pick(SCHEMES);
    if (number < from || number >= to) continue;
    clock = times[index];
    await judge(suite, number, struck, `${scheme}${struck}`);
  }
}

for (let group = Math.floor(from / GROUP); group * GROUP < to; group++) {
  if (group % shares === share) await judgeGroup(group);
}
parentPort.postMessage(result);
