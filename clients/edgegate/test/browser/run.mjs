// Runs a tool that takes its time, and says what it is at.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Milliseconds between two reports of a tool that says nothing. */
const SILENCE = 30_000;

/** Resolves at the tool's end. After `minutes` it is stopped, and the error has the last that it said. */
export function run(program, args, { minutes, ...options }) {
  const name = [program, ...args.slice(0, 2)].join(' ');
  const start = Date.now();
  let last = 'nothing';
  const at = () => `${name}: ${Math.round((Date.now() - start) / 1000)} s; it last said: ${last}`;
  // A group of its own, so that the tool's own workers end with it.
  const tool = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const report = setInterval(() => console.error(at()), SILENCE);
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    process.kill(-tool.pid, 'SIGKILL');
  }, minutes * 60_000);
  for (const stream of [tool.stdout, tool.stderr]) {
    createInterface(stream).on('line', (line) => {
      console.error(line);
      last = line.trim() || last;
    });
  }
  return new Promise((resolve, reject) => {
    tool.once('error', reject);
    tool.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(isLate ? `no end after ${at()}` : `${name} ended with ${code}; it last said: ${last}`));
    });
  }).finally(() => {
    clearInterval(report);
    clearTimeout(deadline);
  });
}
