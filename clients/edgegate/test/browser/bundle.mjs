// A page's script in one piece, with React and the package's own sources.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** `name`: of a file in this folder. Expo's modules are those that stand in for them. */
export async function bundlePage(name) {
  const modules = ['expo-crypto', 'expo-file-system', 'expo-image'];
  const bundle = await rolldown({
    input: here(name),
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] }, alias: Object.fromEntries(modules.map((it) => [it, here('../stand-in/expo.tsx')])) },
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
  });
  const { output } = await bundle.generate({ format: 'iife' });
  await bundle.close();
  return output[0].code;
}
