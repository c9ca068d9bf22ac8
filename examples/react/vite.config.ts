import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // `edgegate.toml` lists this origin among those that may use the images. The examples share a style sheet.
  server: { port: 5173, strictPort: true, fs: { allow: ['..'] } },
});
