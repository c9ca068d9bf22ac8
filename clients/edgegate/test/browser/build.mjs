// examples/react, built for a local cloud.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './local.mjs';

/** The folder with its pages. */
export function buildReact({ edge, clerk, publishableKey }) {
  const outDir = join(root, 'target/clients/react');
  const env = { ...process.env, VITE_EDGEGATE_URL: edge, VITE_CLERK_PROXY_URL: clerk, VITE_CLERK_PUBLISHABLE_KEY: publishableKey };
  execFileSync('npx', ['vite', 'build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', outDir], { cwd: join(root, 'examples/react'), env, stdio: 'inherit' });
  return outDir;
}
