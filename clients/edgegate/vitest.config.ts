import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const expo = fileURLToPath(new URL('test/stand-in/expo.tsx', import.meta.url));

export default defineConfig({
  resolve: { alias: [{ find: /^expo-.*/, replacement: expo }] },
  test: { include: ['test/**/*.test.{ts,tsx}'] },
});
