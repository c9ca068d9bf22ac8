// A site with images that need a token, and its page; the server notes how each image was asked for.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const dist = new URL('../../dist/', import.meta.url);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const page = (body = '') => `<!doctype html><meta charset="utf-8"><title>images</title><body>${body}</body>`;

/** Starts it: its origin, what it saw, which tokens it refuses, how often it fails, how images may be cached. */
export async function startSite() {
  const site = { seen: [], minted: 0, refused: new Set(), forbidden: new Set(), failures: 0, cacheControl: 'no-store', signOuts: 0 };
  const mint = () => {
    const iat = Math.floor(Date.now() / 1000);
    return `${part({ alg: 'RS256' })}.${part({ iat, exp: iat + 60, jti: ++site.minted })}.sig`;
  };
  const image = (request, response) => {
    const cors = { 'access-control-allow-origin': request.headers.origin ?? '*', 'cross-origin-resource-policy': 'same-site', vary: 'Origin' };
    if (request.method === 'OPTIONS') {
      site.seen.push({ path: request.url, method: 'OPTIONS' });
      return response.writeHead(204, { ...cors, 'access-control-allow-headers': 'authorization', 'access-control-max-age': '7200' }).end();
    }
    const token = request.headers.authorization?.replace('Bearer ', '');
    const status = site.failures-- > 0 ? 503 : !token || site.refused.has(token) ? 401 : site.forbidden.has(token) ? 403 : 200;
    site.seen.push({ path: request.url, method: request.method, status, token });
    // As the local edge's own errors are, without CORS headers: to scripts of another origin, no answer.
    if (status === 503) return response.writeHead(503, { 'cache-control': 'no-store' }).end('ERROR');
    const headers = { ...cors, 'cache-control': status === 200 ? site.cacheControl : 'no-store', 'content-type': 'image/png' };
    response.writeHead(status, headers).end(status === 200 ? PNG : undefined);
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://site').pathname;
    if (path === '/images/.edgegate/signout') {
      site.signOuts++;
      return response.writeHead(204, { 'cache-control': 'no-store', 'clear-site-data': '"cache"' }).end();
    }
    if (path.startsWith('/images/')) return image(request, response);
    if (path === '/token') return response.writeHead(200, { 'cache-control': 'no-store' }).end(mint());
    if (path.endsWith('.js')) {
      const script = await readFile(new URL(`.${path}`, dist)).catch(() => null);
      return response.writeHead(script ? 200 : 404, { 'content-type': 'text/javascript' }).end(script ?? '');
    }
    response.writeHead(200, { 'content-type': 'text/html' }).end(page(path === '/early' ? '<img src="/images/early.png">' : ''));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.origin = `http://localhost:${server.address().port}`;
  // Another origin for the same server: a separate host for images.
  site.other = `http://127.0.0.1:${server.address().port}`;
  site.stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  site.images = () => site.seen.filter(({ method }) => method === 'GET');
  return site;
}
