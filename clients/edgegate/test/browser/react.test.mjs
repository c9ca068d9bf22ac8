// However often tokens and parents change, an image is fetched once; and signing out takes it away.
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
  await page.addScriptTag({ content: await bundlePage('react-page.tsx') });
  await page.waitForSelector('img.image');
});
after(async () => {
  await browser.close();
  await site.stop();
});

const gets = () => site.images().filter(({ path }) => path === '/images/a.png').length;

test('two components and a double mount share one image', async () => {
  await page.waitForFunction(() => document.querySelector('img.card').naturalWidth === 1);
  const [card, image] = await page.evaluate(() => [...document.querySelectorAll('img')].map((it) => it.src));
  assert.match(card, /^blob:/);
  assert.equal(card, image);
  // StrictMode mounts twice in development: the first request is given up and may have been sent.
  assert.ok(gets() <= 2);
});

test('new tokens and rendering again fetch nothing and change no source', async () => {
  const requests = gets();
  const [sources, clients] = await page.evaluate(() => [window.sources.size, window.clients.size]);
  for (let i = 1; i <= 4; i++) {
    await page.evaluate(async () => { await window.newToken(); window.rerender(); });
    await page.waitForSelector(`[data-count="${i}"]`);
  }
  assert.equal(gets(), requests);
  assert.equal(await page.evaluate(() => window.sources.size), sources);
  assert.equal(await page.evaluate(() => window.clients.size), clients, 'one client');
});

test('the last component gives the memory back', async () => {
  const uri = await page.getAttribute('img.card', 'src');
  await page.evaluate(() => window.setShown(false));
  await page.waitForSelector('img.card', { state: 'detached' });
  assert.equal(await page.evaluate((it) => fetch(it).then(() => 'there', () => 'gone'), uri), 'gone');
  await page.evaluate(() => window.setShown(true));
  await page.waitForSelector('img.image');
});

test('signing out takes every image away and gives its memory back', async () => {
  const uri = await page.getAttribute('img.image', 'src');
  await page.evaluate(() => window.client.signOut());
  await page.waitForSelector('img.image', { state: 'detached' });
  assert.equal(await page.getAttribute('img.card', 'src'), null);
  assert.equal(await page.evaluate((it) => fetch(it).then(() => 'there', () => 'gone'), uri), 'gone');
});
