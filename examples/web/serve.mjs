// Serves this example beside a running local cloud. Node.js alone: no build step.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = here('../../clients/edgegate/dist/');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/** A file of the page or of the package. The worker is in the root: it serves its own folder. */
function locate(path) {
  if (path.includes('..')) return null;
  if (path === '/edgegate-sw.js') return join(PACKAGE, 'edgegate-sw.js');
  // The examples look alike.
  if (path === '/style.css') return here('../style.css');
  if (path.startsWith('/edgegate/')) return join(PACKAGE, path.slice('/edgegate/'.length));
  return join(here('public/'), path === '/' ? 'index.html' : path);
}

/** Starts it. `settings`: `edge`, `clerk` and `publishableKey`, for the page. */
export async function serve({ settings, port = 0 }) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    if (pathname === '/settings.json') return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(settings));
    const file = locate(pathname);
    const content = file && (await readFile(file).catch(() => null));
    response.writeHead(content ? 200 : 404, { 'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream', 'cache-control': 'no-cache' }).end(content ?? 'not found');
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, 'localhost', resolve));
  const stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return { origin: `http://localhost:${server.address().port}`, stop };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // As `cargo xtask local` has them, unless the environment says otherwise.
  const { EDGEGATE_URL: edge = 'http://localhost:8787', CLERK_PROXY_URL: clerk = 'http://localhost:8788' } = process.env;
  const { CLERK_PUBLISHABLE_KEY: publishableKey = 'pk_test_ZWRnZWdhdGUtbG9jYWwuY2xlcmsuYWNjb3VudHMuZGV2JA' } = process.env;
  try {
    const { origin } = await serve({ settings: { edge, clerk, publishableKey }, port: 3000 });
    console.log(`${origin}  the gallery, with images from ${edge}`);
  } catch (error) {
    console.error(`${error.message}\nhint: stop the program that uses the port`);
    process.exit(1);
  }
}
