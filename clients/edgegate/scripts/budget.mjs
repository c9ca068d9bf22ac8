// What each entry adds to an app, with everything it imports from this package, gzipped.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 5 * 1024;
const dist = new URL('../dist/', import.meta.url).pathname;
const entries = ['index.js', 'index.native.js', 'react.js', 'react.native.js', 'worker.js', 'expo-legacy.js', 'edgegate-sw.js'];

function files(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const imports = readFileSync(join(dist, name), 'utf8').matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g);
  for (const [, path] of imports) files(join(dirname(name), path), seen);
  return seen;
}

let over = 0;
for (const entry of entries) {
  const source = [...files(entry)].map((name) => readFileSync(join(dist, name))).join('\n');
  const size = gzipSync(source, { level: 9 }).length;
  over += size > LIMIT;
  console.log(`${entry.padEnd(18)} ${String(size).padStart(5)} of ${LIMIT} bytes gzipped${size > LIMIT ? '  TOO LARGE' : ''}`);
}
process.exitCode = over ? 1 : 0;
