// dist/: one ES module per entry, what they share in chunks, and the service worker as a script.
import { rm } from 'node:fs/promises';
import { rolldown } from 'rolldown';

const entries = ['index', 'index.native', 'react', 'react.native', 'worker', 'expo-legacy'];
const external = [/^expo-/, /^react/];

async function write(input, output) {
  const bundle = await rolldown({ input, external, platform: 'neutral', resolve: { extensionAlias: { '.js': ['.ts', '.js'] } }, logLevel: 'warn' });
  await bundle.write({ dir: 'dist', minify: true, ...output });
  await bundle.close();
}

await rm('dist', { recursive: true, force: true });
await write(Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])), { format: 'esm', chunkFileNames: 'shared-[name].js' });
// A classic script: not every browser runs a service worker that is a module.
await write({ 'edgegate-sw': 'src/edgegate-sw.ts' }, { format: 'iife' });
