// The local cloud with the whole stack in it, and the web example in front of it.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serve } from '../../../../examples/web/serve.mjs';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const ISSUER = 'https://clerk.edgegate.example';

/** Between browser and edge, so that a connection can be cut in the middle of an upload. */
async function startCable(port) {
  const cable = { cutAfter: Infinity, cuts: 0 };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let sent = 0;
    near.on('data', (bytes) => {
      sent += bytes.length;
      if (sent < cable.cutAfter) return;
      cable.cutAfter = Infinity;
      cable.cuts++;
      near.destroy();
      far.destroy();
    });
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cable.url = `http://localhost:${server.address().port}`;
  cable.stop = () => server.close();
  return cable;
}

/** Deploys into a local cloud of its own and serves the example. */
export async function startLocal() {
  const state = mkdtempSync(join(tmpdir(), 'edgegate-clients-'));
  const options = { lifetime: 60 };
  let cable;
  const publishableKey = `pk_live_${Buffer.from('clerk.edgegate.example$').toString('base64')}`;
  const site = await serve({ state, issuer: ISSUER, publishableKey, options, edge: () => cable.url });
  const config = readFileSync(join(root, 'edgegate.toml'), 'utf8').replace('http://localhost:3000', site.origin);
  writeFileSync(join(state, 'edgegate.toml'), config);
  copyFileSync(join(root, 'keys.json'), join(state, 'keys.json'));
  const program = process.env.EDGEGATE ?? join(root, 'target/debug/xtask');
  const args = ['local', '--config', join(state, 'edgegate.toml'), '--state', state, '--port', '0', '--edge-port', '0', '--clerk-port', '0'];
  const cloud = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = [];
  await new Promise((resolve, reject) => {
    const look = (line) => {
      log.push(line);
      if (line.includes('ctrl-C stops it')) resolve();
    };
    createInterface(cloud.stdout).on('line', look);
    createInterface(cloud.stderr).on('line', look);
    cloud.once('exit', (code) => reject(new Error(`the local cloud ended with ${code}\n${log.join('\n')}`)));
  });
  const running = JSON.parse(readFileSync(join(state, 'running.json'), 'utf8'));
  cable = await startCable(Number(new URL(running.edge_url).port));
  return {
    origin: site.origin, edge: cable.url, cable, options, log,
    /** Kills the Node.js processes that run the authorizer. */
    killWorkers() {
      const pids = execFileSync('pgrep', ['-P', String(cloud.pid)], { encoding: 'utf8' }).trim().split('\n');
      pids.forEach((pid) => process.kill(Number(pid), 'SIGKILL'));
      return pids.length;
    },
    async stop() {
      await site.stop();
      cable.stop();
      const ended = new Promise((resolve) => cloud.once('exit', resolve));
      cloud.kill('SIGINT');
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}
