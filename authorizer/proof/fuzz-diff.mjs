// node fuzz-diff.mjs --cases N [--seed S] [--case I]: whatever the packaged handler accepts, jose,
// aws-jwt-verify and @clerk/backend have to accept too, and the first two where the issuer signs with
// ES256. Ends with 1 when one of them does not.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, case: { type: 'string' } },
});
const seed = Number(values.seed);
const cases = Number(values.cases);
// A case that is run again needs the ones before it in its group: they are what a cache has seen.
const range = values.case === undefined ? { from: 0, to: cases } : { from: Math.floor(Number(values.case) / 16) * 16, to: Number(values.case) + 1 };

function run(share, shares) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('fuzz-worker.mjs', import.meta.url), { workerData: { seed, share, shares, ...range } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function sum(tables) {
  const total = {};
  for (const table of tables) for (const [name, count] of Object.entries(table)) total[name] = (total[name] ?? 0) + count;
  return Object.entries(total).sort(([, first], [, second]) => second - first);
}

function print(title, rows) {
  if (rows.length > 0) console.log(title);
  for (const [name, count] of rows) console.log(`  ${String(count).padStart(8)}  ${name}`);
}

const started = performance.now();
const shares = availableParallelism();
const results = await Promise.all(Array.from({ length: shares }, (_, share) => run(share, shares)));
const disagreements = results.flatMap((result) => result.disagreements).sort((first, second) => first.case - second.case);
console.log(`${range.to - range.from} cases with seed ${seed} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
print('accepted by ours, and of those by', sum(results.map((result) => result.accepted)));
print('refused by ours alone, and why: a sample of one in eight', sum(results.map((result) => result.stricter)));
print('refused by a library with a rule of its own', sum(results.map((result) => result.explained)));
const disagreed = results.reduce((total, result) => total + result.disagreed, 0);
console.log(`disagreements: ${disagreed}`);
for (const { case: number, clock, oracle, authorization } of disagreements) {
  console.log(`  ${oracle} refuses what is accepted: cargo xtask fuzz-diff --seed ${seed} --case ${number}`);
  if (values.case !== undefined) console.log(`    at ${clock} ms: ${JSON.stringify(authorization)}`);
}
process.exitCode = disagreed > 0 ? 1 : 0;
