// Who is measured: every library bundled and minified into one file, as a careful user would deploy it.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { handlerUrl, setup } from '../setup.mjs';

// The last one is ours with the feature `rsa`, which needs no OpenSSL.
export const NAMES = ['floor', 'jose', 'aws-jwt-verify', 'clerk', 'fast-jwt', 'ours', 'own-rsa'];
const LIBRARIES = ['empty', 'floor', 'jose', 'aws-jwt-verify', 'clerk', 'fast-jwt'];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// Libraries in CommonJS call `require` for what Node.js has built in.
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const COMMON_JS = ['fast-jwt'];

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
  const files = await Promise.all(LIBRARIES.map(async (name) => [name, await bundle(name, pem)]));
  return Object.fromEntries([...files, ['ours', fileURLToPath(handlerUrl)], ['own-rsa', here('../contenders/own-rsa.mjs')]]);
}
