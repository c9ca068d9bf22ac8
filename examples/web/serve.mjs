// Serves this example beside a running `cargo xtask local`. Node.js alone: no build step.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isUser, localClerk } from './local-clerk.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const FOLDERS = { '/edgegate/': here('../../clients/edgegate/dist/'), '/clerk-js/': here('node_modules/@clerk/clerk-js/dist/') };
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/** A file of the page, the package or clerk-js. The worker is in the root: it serves its own folder. */
function locate(path) {
  if (path.includes('..')) return null;
  if (path === '/edgegate-sw.js') return join(FOLDERS['/edgegate/'], 'edgegate-sw.js');
  const folder = Object.keys(FOLDERS).find((prefix) => path.startsWith(prefix));
  if (folder) return join(FOLDERS[folder], path.slice(folder.length));
  return join(here('public/'), path === '/' ? 'index.html' : path);
}

const cookie = (request) => /(?:^|; )local_user=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
const setCookie = (user) => `local_user=${user}; Path=/; HttpOnly; SameSite=Lax${user ? '' : '; Max-Age=0'}`;

/** Starts it; `edge()` says where the images are, `options` is the local Clerk's. */
export async function serve({ state, edge, issuer, publishableKey, port = 0, options = { lifetime: 60 } }) {
  let answer;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://site');
    const origin = `http://${request.headers.host}`;
    const json = (body, status = 200, headers = {}) => response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }).end(JSON.stringify(body));
    if (url.pathname === '/settings.json') return json({ edge: edge(), publishableKey });
    if (url.pathname === '/sign-in') {
      const user = url.searchParams.get('user');
      return response.writeHead(303, { location: '/', ...(isUser(user) && { 'set-cookie': setCookie(user) }) }).end();
    }
    if (url.pathname.startsWith('/clerk/')) {
      // Made on first use, when the local cloud has certainly made its key.
      answer ??= localClerk({ state, issuer, options });
      const method = url.searchParams.get('_method') ?? request.method;
      const user = cookie(request);
      const said = answer(method, url.pathname.slice('/clerk'.length), isUser(user) ? user : null, origin);
      return json(said.body, said.status, said.cookie === undefined ? {} : { 'set-cookie': setCookie(said.cookie) });
    }
    const file = locate(url.pathname);
    const content = file && (await readFile(file).catch(() => null));
    response.writeHead(content ? 200 : 404, { 'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream', 'cache-control': 'no-cache' }).end(content ?? 'not found');
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, 'localhost', resolve));
  const stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return { origin: `http://localhost:${server.address().port}`, stop };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const state = process.env.EDGEGATE_STATE ?? here('../../.edgegate');
  let running;
  try {
    running = JSON.parse(readFileSync(join(state, 'running.json')));
  } catch {
    console.error(`no local cloud runs on ${state}\nhint: cargo xtask local, in another terminal`);
    process.exit(1);
  }
  // The demo's instance, as edgegate.toml names it. Its tokens come from the local issuer.
  const publishableKey = process.env.CLERK_PUBLISHABLE_KEY ?? `pk_live_${Buffer.from('clerk.edgegate.example$').toString('base64')}`;
  // The same site as the page: images are sent with Cross-Origin-Resource-Policy: same-site.
  const edge = running.edge_url.replace('127.0.0.1', 'localhost');
  const site = await serve({ state, edge: () => edge, issuer: 'https://clerk.edgegate.example', publishableKey, port: 3000 });
  console.log(`${site.origin}  the gallery, with images from ${edge}`);
}
