// A local cloud with the whole stack in it and a local Clerk beside it, for pages of some origins.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startCable } from './cable.mjs';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const near = (url) => url.replace('127.0.0.1', 'localhost');

function configure(state, clerk) {
  const parties = /authorized_parties = \[[^\]]*\]/;
  const lines = Object.entries(clerk).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const config = readFileSync(join(root, 'edgegate.toml'), 'utf8').replace(parties, lines.join('\n'));
  writeFileSync(join(state, 'edgegate.toml'), config);
  copyFileSync(join(root, 'keys.json'), join(state, 'keys.json'));
}

/** The program, once everything is deployed; `log` has each line that it prints. */
function start(state, log) {
  const program = process.env.EDGEGATE ?? join(root, 'target/debug/xtask');
  const args = ['local', '--config', join(state, 'edgegate.toml'), '--state', state, '--port', '0', '--edge-port', '0', '--clerk-port', '0'];
  const cloud = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    const look = (line) => {
      log.push(line);
      if (line.includes('ctrl-C stops it')) resolve(cloud);
    };
    createInterface(cloud.stdout).on('line', look);
    createInterface(cloud.stderr).on('line', look);
    cloud.once('exit', (code) => reject(new Error(`the local cloud ended with ${code}\n${log.join('\n')}`)));
  });
}

/** Deploys into a local cloud of its own, for pages of these origins, with more of the table `[clerk]`. `settings` are for the app. */
export async function startLocal(origins, clerk = {}) {
  const state = mkdtempSync(join(tmpdir(), 'edgegate-clients-'));
  configure(state, { authorized_parties: origins, ...clerk });
  const log = [];
  const cloud = await start(state, log);
  const running = JSON.parse(readFileSync(join(state, 'running.json'), 'utf8'));
  const cable = await startCable(() => Number(new URL(running.edge_url).port));
  const workers = () => execFileSync('pgrep', ['-P', String(cloud.pid)], { encoding: 'utf8' }).trim().split('\n').map(Number);
  return {
    cable, log,
    settings: { edge: cable.url, clerk: near(running.clerk.url), publishableKey: running.clerk.publishable_key },
    /** The next token is that many seconds old already. */
    async ageNextToken(age) {
      const answer = await fetch(`${running.clerk.url}/_local/tokens`, { method: 'POST', body: JSON.stringify({ age }) });
      if (!answer.ok) throw new Error(`the local Clerk answers ${answer.status}`);
    },
    /** What the edge answered, as `200 GET /path Hit`; the reason of a refusal is at its end. */
    served: (method, path) => log.filter((line) => line.includes(`${method.padEnd(7)} ${path}`)),
    /** To the Node.js processes that run the authorizer: how many there are. */
    signal: (name) => workers().map((pid) => process.kill(pid, name)).length,
    async stop() {
      cable.stop();
      const ended = new Promise((resolve) => cloud.once('exit', resolve));
      cloud.kill('SIGINT');
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}
