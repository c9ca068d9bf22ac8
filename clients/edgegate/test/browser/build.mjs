// examples/react, built for a local cloud.
import { join } from 'node:path';
import { root } from './local.mjs';
import { run } from './run.mjs';

/** The folder with its pages. */
export async function buildReact({ edge, clerk, publishableKey }) {
  const outDir = join(root, 'target/clients/react');
  const env = { ...process.env, VITE_EDGEGATE_URL: edge, VITE_CLERK_PROXY_URL: clerk, VITE_CLERK_PUBLISHABLE_KEY: publishableKey };
  await run('npx', ['vite', 'build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', outDir], { cwd: join(root, 'examples/react'), env, minutes: 3 });
  return outDir;
}
