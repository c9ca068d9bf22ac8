// Who is measured: every library bundled and minified into one file, as a careful user would deploy it.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { handlerUrl, setup } from '../setup.mjs';

export const NAMES = ['floor', 'jose', 'aws-jwt-verify', 'clerk', 'fast-jwt', 'jsonwebtoken', 'ours'];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// Libraries in CommonJS call `require` for what Node.js has built in.
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const COMMON_JS = ['fast-jwt', 'jsonwebtoken'];

async function bundle(name, pem) {
  const outfile = here(`../contenders/bundled/${name}.mjs`);
  const { issuer, authorizedParties, jwks } = setup;
  await build({
    entryPoints: [here(`../contenders/${name}.mjs`)],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: COMMON_JS.includes(name) ? { js: REQUIRE } : {},
    define: { CONFIG: JSON.stringify({ issuer, authorizedParties, jwks, pem }) },
  });
  return outfile;
}

/** The file of each contender's handler, and of an empty one. */
export async function contenders(pem) {
  const libraries = NAMES.filter((name) => name !== 'ours').concat('empty');
  const files = await Promise.all(libraries.map(async (name) => [name, await bundle(name, pem)]));
  return Object.fromEntries([...files, ['ours', fileURLToPath(handlerUrl)]]);
}
