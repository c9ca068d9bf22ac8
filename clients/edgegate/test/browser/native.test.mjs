// The hook for phones: one request for each mounted image, and one more when its token was refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundlePage } from './bundle.mjs';
import { launch } from './chromium.mjs';
import { startSite } from './site.mjs';

let browser, site, page;

before(async () => {
  [browser, site] = await Promise.all([launch(), startSite()]);
  page = await browser.newPage();
  await page.goto(site.origin);
  await page.addScriptTag({ content: await bundlePage('native-page.tsx') });
  await page.waitForFunction(() => window.setPath);
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

const gets = (path) => site.images().filter((it) => it.path === `/images${path}`);
const show = async (path) => {
  await page.evaluate((it) => window.setPath(it), path);
  // Drawn: whatever is shown from here on is this image.
  await page.waitForSelector(`[data-path="${path}"]`);
};
const shown = (name) => page.waitForFunction((it) => document.querySelector(`img.${it}`)?.naturalWidth === 1, name);

test('an image is fetched once, whatever tokens and parents do', async () => {
  await show('/a.png');
  await shown('card');
  await shown('image');
  const [sources, clients] = await page.evaluate(() => [window.sources.size, window.clients.size]);
  const requests = gets('/a.png').length;
  for (let i = 1; i <= 4; i++) {
    await page.evaluate(async () => { await window.newToken(); window.rerender(); });
    await page.waitForSelector(`[data-count="${i}"]`);
  }
  assert.equal(gets('/a.png').length, requests);
  assert.equal(await page.evaluate(() => window.sources.size), sources);
  assert.equal(await page.evaluate(() => window.clients.size), clients, 'one client');
});

test('the source has what expo-image takes: a token, and a key without one', async () => {
  const source = await page.evaluate(() => [...window.sources].at(-1));
  assert.equal(source.cacheKey, source.uri);
  assert.match(source.headers.Authorization, /^Bearer ey/);
});

test('a refused token is replaced by a fresh one, once', async () => {
  const [{ token }] = gets('/a.png').slice(-1);
  const held = await page.evaluate(() => window.client.source('/x').then((it) => it.headers.Authorization.slice(7)));
  for (const each of [token, held]) site.refused.add(each);
  await show('/b.png');
  await shown('card');
  assert.deepEqual(gets('/b.png').map(({ status }) => status), [401, 200]);
});

test('an image that fails for good is an error, not a loop', async () => {
  site.refused = { has: () => true };
  await show('/c.png');
  await page.waitForSelector('b.card');
  assert.equal(await page.textContent('b.card'), 'unexpected');
  assert.ok(gets('/c.png').length <= 2);
});

test('another path starts afresh', async () => {
  site.refused = new Set();
  await show('/d.png');
  await shown('card');
});

test('signing out takes every image away, and empties the caches of expo-image', async () => {
  await page.evaluate(() => window.client.signOut());
  await page.waitForFunction(() => !document.querySelector('img.image'));
  assert.deepEqual(await page.evaluate(() => window.expo.cleared.toSorted()), ['disk', 'memory']);
});
