// Serves the files of a folder, as any host of static pages does.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };

/** `site.folder` may be set later; `headers` go with every file. */
export async function startFolder(headers = {}) {
  const site = { folder: null };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    const path = pathname.includes('..') || pathname === '/' ? '/index.html' : decodeURIComponent(pathname);
    const content = await readFile(join(site.folder, path)).catch(() => null);
    response.writeHead(content ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', ...headers }).end(content ?? '');
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  site.origin = `http://localhost:${server.address().port}`;
  site.stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return site;
}
