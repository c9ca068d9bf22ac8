// One contender, one workload, one process: child.mjs HANDLER WORKLOAD FOLDER [PROCS]. The result goes
// to descriptor 3, as the handlers may write to the others.

import 'node:async_hooks';
import 'node:http';
import 'node:util';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { eventText } from '../events.mjs';

const [file, workload, folder, procs] = process.argv.slice(2);
const WARM_UP = 3000;
const BATCHES = 12;
const BATCH = 200;
const PAUSES = 30;
const GALLERY = 50;
const PATH = '/shared/albums/beach.jpg';

// As Lambda has it.
process.env.LAMBDA_TASK_ROOT = dirname(file);
const load = (name) => JSON.parse(readFileSync(join(folder, name)));
const handlerOf = async () => (await import(pathToFileURL(file))).handler;
const microseconds = ({ user, system }) => user + system;
const isAllowed = (answer) => answer.status === undefined;
// Only ours looks at paths, so others may allow what ours refuses; but nobody may fail.
const isJudged = (answer) => answer.status !== '500';

function median(values) {
  const sorted = values.toSorted((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)];
}

function reader(tokens) {
  return (index) => eventText(`Bearer ${tokens[index % tokens.length]}`, PATH);
}

/** CPU microseconds per request; events are made before the clock starts. */
async function perRequest(handler, event, isRight) {
  for (let index = 0; index < WARM_UP; index++) {
    const answer = await handler(JSON.parse(event(index)));
    if (!isRight(answer)) throw new Error(`request ${index} is answered with ${JSON.stringify(answer)}`);
  }
  const batches = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const events = Array.from({ length: BATCH }, (_, index) => JSON.parse(event(WARM_UP + batch * BATCH + index)));
    const before = process.cpuUsage();
    for (const event of events) await handler(event);
    batches.push(microseconds(process.cpuUsage(before)) / BATCH);
  }
  return median(batches);
}

const WORKLOADS = {
  version: () => ({ version: process.versions.node }),

  async hot() {
    const handler = await handlerOf();
    const read = reader(load('tokens.json'));
    const refused = load('refused.json').map(({ authorization, uri = PATH }) => eventText(authorization, uri));
    return {
      fresh: await perRequest(handler, read, isAllowed),
      repeated: await perRequest(handler, () => read(0), isAllowed),
      gallery: await perRequest(handler, (index) => read(Math.floor(index / GALLERY)), isAllowed),
      refused: await perRequest(handler, (index) => refused[index % refused.length], isJudged),
    };
  },

  /** CPU milliseconds from the import to the first answer. */
  async cold() {
    const event = JSON.parse(eventText(`Bearer ${load('first.json')}`, PATH));
    const before = process.cpuUsage();
    const handler = await handlerOf();
    const answer = await handler(event);
    const cold = microseconds(process.cpuUsage(before)) / 1000;
    if (!isAllowed(answer)) throw new Error(`${file} refuses a good token: ${JSON.stringify(answer)}`);
    return { cold };
  },

  /** Wall microseconds of a request after a pause in which others had the processor's caches. */
  async coldCaches() {
    const handler = await handlerOf();
    const read = reader(load('tokens.json'));
    for (let index = 0; index < WARM_UP / 2; index++) await handler(JSON.parse(read(index)));
    const others = new Uint8Array(48 * 1024 * 1024);
    const times = [];
    for (let index = 0; index < PAUSES; index++) {
      const event = JSON.parse(read(WARM_UP + index));
      for (let at = index; at < others.length; at += 64) others[at] += 1;
      await delay(12);
      const before = process.hrtime.bigint();
      await handler(event);
      times.push(Number(process.hrtime.bigint() - before) / 1000);
    }
    return { coldCaches: median(times) };
  },

  /** Wall milliseconds of a gallery's requests in a small share of a processor. */
  async share() {
    const handler = await handlerOf();
    const read = reader(load('tokens.json').slice(0, 10));
    await handler(JSON.parse(read(0)));
    writeFileSync(procs, String(process.pid));
    const times = [];
    for (let index = 0; index < PAUSES; index++) {
      // A new token comes in the middle.
      const event = JSON.parse(read(Math.floor((index + GALLERY / 2) / GALLERY)));
      await delay(45);
      const before = process.hrtime.bigint();
      await handler(event);
      times.push(Number(process.hrtime.bigint() - before) / 1e6);
    }
    return { shareMedian: median(times), shareWorst: Math.max(...times) };
  },

  /** Megabytes after ten thousand users. */
  async memory() {
    const handler = await handlerOf();
    const tokens = load('tokens.json');
    const read = reader(tokens);
    for (let index = 0; index < tokens.length; index++) await handler(JSON.parse(read(index)));
    return { memory: process.memoryUsage.rss() / 1e6 };
  },
};

async function run() {
  try {
    return await WORKLOADS[workload]();
  } catch (error) {
    return { error: String(error) };
  }
}

writeSync(3, JSON.stringify(await run()));
