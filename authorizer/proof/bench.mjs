// node bench.mjs --json FILE [--rounds N] [--node PATH]...: the packaged handler beside what else could
// stand in its place, every contender in fresh processes, in turn, on the same events.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contenders, NAMES } from './bench/contenders.mjs';
import { makeShare } from './bench/share.mjs';
import { median, summary } from './bench/summary.mjs';
import { issuerKey, setup } from './setup.mjs';
import { claims, header, signToken } from './tokens.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, json: { type: 'string' }, node: { type: 'string', multiple: true } },
});
const TOKENS = 10_000;
const LIFETIME = 3600;
const COLD_STARTS = 3;
// What takes long is measured for those whom the goals name.
const SOME = ['floor', 'jose', 'ours', 'own-rsa'];
const FOLDER = fileURLToPath(new URL('bench-data/', import.meta.url));
const CHILD = fileURLToPath(new URL('bench/child.mjs', import.meta.url));

const note = (text) => process.stderr.write(`${text}\n`);

/** Tokens of as many users, and five requests that need no RSA to be refused. */
function prepare(issuer) {
  mkdirSync(FOLDER, { recursive: true });
  const write = (name, value) => writeFileSync(`${FOLDER}${name}`, JSON.stringify(value));
  const now = Math.floor(Date.now() / 1000);
  const make = (user, change = {}, begun = now) =>
    signToken(issuer.key, JSON.stringify({ ...header(issuer.kid), ...change }), JSON.stringify(claims(setup, user, begun, LIFETIME)));
  const tokens = Array.from({ length: TOKENS }, (_, user) => make(String(user).padStart(6, '0')));
  write('tokens.json', tokens);
  write('first.json', tokens[0]);
  const bearer = (token, uri) => ({ authorization: `Bearer ${token}`, uri });
  write('refused.json', [
    {},
    bearer(make('alg', { alg: 'RS512' })),
    bearer(make('kid', { kid: 'ins_unknown' })),
    bearer(make('exp', {}, now - 2 * LIFETIME)),
    bearer(tokens[0], '/shared/../beach.jpg'),
  ]);
}

/** The result of one process. */
function measure(node, file, workload, ...rest) {
  // Certificates from a file are read at every start of Node.js, which is nobody's cold start.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined };
  const child = spawn(node, [CHILD, file, workload, FOLDER, ...rest], { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdio[3].setEncoding('utf8').on('data', (part) => (text += part));
    child.once('error', reject);
    child.once('close', () => {
      const result = text === '' ? { error: 'it ended without a result' } : JSON.parse(text);
      if (result.error) reject(new Error(`${file}, ${workload}: ${result.error}`));
      else resolve(result);
    });
  });
}

async function coldStart(node, file) {
  const starts = [];
  for (let start = 0; start < COLD_STARTS; start++) starts.push((await measure(node, file, 'cold')).cold);
  return { cold: median(starts) };
}

/** All workloads, and for each all contenders in turn; the order is reversed in every second round. */
async function measureRound(node, files, share, round) {
  const results = Object.fromEntries(Object.keys(files).map((name) => [name, {}]));
  const names = round % 2 === 0 ? Object.keys(files) : Object.keys(files).reverse();
  const each = async (chosen, run) => {
    for (const name of names.filter((name) => chosen.includes(name))) Object.assign(results[name], await run(files[name]));
  };
  const all = [...NAMES, 'empty'];
  await each(all, (file) => measure(node, file, 'hot'));
  await each(all, (file) => coldStart(node, file));
  await each(SOME, (file) => measure(node, file, 'coldCaches'));
  await each(['empty', ...SOME], (file) => measure(node, file, 'memory'));
  if (share) await each(SOME, (file) => measure(node, file, 'share', share.procs));
  return results;
}

async function measureNode(node, files) {
  const { version } = await measure(node, files.empty, 'version');
  const share = makeShare();
  const rounds = [];
  prepare(issuer);
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      note(`Node.js ${version}: round ${round + 1} of ${values.rounds}`);
      rounds.push(await measureRound(node, files, share, round));
    }
  } finally {
    share?.remove();
  }
  return { version, rounds: rounds.length, rows: summary(rounds, setup) };
}

const issuer = issuerKey();
const files = await contenders(issuer.pem);
const nodes = [];
for (const node of values.node ?? [process.execPath]) nodes.push(await measureNode(node, files));
writeFileSync(values.json, `${JSON.stringify({ machine: cpus()[0].model, nodes }, null, 1)}\n`);
