// What a service worker for images gets wrong when nobody looks: each is a test.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { launch } from './chromium.mjs';
import { startSite } from './site.mjs';

let browser, site, context, page;

before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => {
  site = await startSite();
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(site.origin);
});
afterEach(async () => {
  await context.close();
  await site.stop();
});

/** Registers the worker in the page; whether it serves the page. `tokens`: how the page gets them. */
const register = (baseUrl = '/images', on = page) => on.evaluate(async (base) => {
  const { registerImageWorker } = await import('/worker.js');
  const ask = async () => (await fetch('/token')).text();
  let held = null;
  window.asked = [];
  window.getToken = async (options) => {
    window.asked.push(options?.skipCache ? 'fresh' : 'cached');
    return (held = held && !options?.skipCache ? held : await ask());
  };
  window.images = await registerImageWorker({ baseUrl: base, getToken: window.getToken, patience: 60_000 });
  return window.images.active;
}, baseUrl);

/** Shows an image in the page: its width, 0 when it failed. */
const show = (src, on = page) => on.evaluate((src) => new Promise((resolve) => {
  const image = new Image();
  image.onload = image.onerror = () => resolve(image.naturalWidth);
  image.src = src;
}), src);

test('first visit: the page is served as soon as registering is done', async () => {
  assert.equal(await show('/images/early.png'), 0, 'before the worker there is no token');
  assert.equal(await register(), true);
  assert.equal(await show('/images/a.png'), 1);
});

test('later visits: images that are in the page from the start wait until it has registered', async () => {
  await register();
  await page.goto(`${site.origin}/early`, { waitUntil: 'commit' });
  await page.waitForSelector('img', { state: 'attached' });
  assert.equal(await register(), true);
  await page.waitForFunction(() => document.querySelector('img').naturalWidth === 1);
});

test('nobody is signed in: the worker knows without waiting', async () => {
  await page.evaluate(async () => {
    const { registerImageWorker } = await import('/worker.js');
    await registerImageWorker({ baseUrl: '/images', getToken: async () => null });
  });
  // No time passes in the worker, so that only the page's answer can end its question.
  const [worker] = context.serviceWorkers();
  await worker.evaluate(() => { globalThis.setTimeout = () => 0; });
  assert.equal(await show('/images/a.png'), 0);
  assert.deepEqual(site.images(), []);
});

test('signing in again without a reload', async () => {
  await register();
  await page.evaluate(() => window.images.clear());
  assert.equal(await show('/images/a.png'), 0);
  assert.equal(await register(), true);
  assert.equal(await show('/images/a.png'), 1);
});

test('somebody else signs in without a reload', async () => {
  await register();
  await show('/images/a.png');
  await register();
  await show('/images/b.png');
  const [first, second] = site.images();
  assert.notEqual(first.token, second.token, 'the worker keeps the token of nobody who has gone');
});

test('another organization: the page is asked for its token of now, once for each that may not', async () => {
  await register();
  await show('/images/a.png');
  site.forbidden.add(site.images()[0].token);
  await page.evaluate(() => window.getToken({ skipCache: true }));
  assert.equal(await show('/images/b.png'), 1);
  site.forbidden.add(site.images().at(-1).token);
  await page.evaluate(() => { window.asked = []; });
  assert.deepEqual([await show('/images/c.png'), await show('/images/d.png')], [0, 0]);
  assert.deepEqual(await page.evaluate(() => window.asked), ['cached']);
  assert.equal(site.images().length, 5, 'and nothing is asked for twice with the same token');
});

test('signing out reaches a worker with a query of its own', async () => {
  await page.evaluate(async () => {
    const { registerImageWorker } = await import('/worker.js');
    const getToken = async () => (await fetch('/token')).text();
    window.images = await registerImageWorker({ baseUrl: '/images', getToken, workerUrl: '/edgegate-sw.js?v=3', patience: 60_000 });
  });
  assert.equal(await show('/images/a.png'), 1);
  await page.evaluate(() => window.images.clear());
  assert.equal(await show('/images/b.png'), 0);
});

for (const where of ['of this origin', 'of another origin, where it looks like no answer']) {
  test(`a read that the edge failed to judge is made again, ${where}`, async () => {
    const base = where === 'of this origin' ? '/images' : `${site.other}/images`;
    await register(base);
    const [worker] = context.serviceWorkers();
    // The pauses are no part of this.
    await worker.evaluate(() => {
      const { setTimeout } = globalThis;
      globalThis.setTimeout = (call, after, ...rest) => setTimeout(call, after < 5000 ? 0 : after, ...rest);
    });
    site.failures = 3;
    assert.equal(await show(`${base}/a.png`), 1);
    site.failures = Infinity;
    assert.equal(await show(`${base}/b.png`), 0);
    assert.equal(site.images().filter(({ path }) => path === '/images/b.png').length, 4, 'and not for ever');
  });
}

test('every way to show an image is given a token', async () => {
  await register();
  await page.evaluate(async () => {
    const add = (html) => document.body.insertAdjacentHTML('beforeend', html);
    add('<img srcset="/images/s1.png 1x, /images/s2.png 2x">');
    add('<img srcset="/images/w100.png 100w, /images/w900.png 900w" sizes="100px">');
    add('<picture><source type="image/webp" srcset="/images/picture.webp"><img></picture>');
    add('<img loading="lazy" src="/images/lazy.png">');
    add('<img crossorigin="anonymous" src="/images/crossorigin.png">');
    add('<div style="width:9px;height:9px;background-image:url(/images/background.png)"></div>');
    add('<svg width="9" height="9"><image href="/images/svg.png" width="9" height="9"/></svg>');
    add('<video poster="/images/poster.png" width="9" height="9"></video>');
    add('<iframe srcdoc="<img src=\'/images/frame.png\'>"></iframe>');
    const link = document.createElement('link');
    Object.assign(link, { rel: 'preload', as: 'image', href: '/images/preload.png' });
    document.head.append(link);
  });
  const wanted = ['s1', 'w100', 'picture', 'lazy', 'crossorigin', 'background', 'svg', 'poster', 'frame', 'preload'];
  const name = ({ path }) => path.split('/').pop().split('.')[0];
  await page.waitForFunction((count) => performance.getEntriesByType('resource').length >= count, 1);
  for (const each of wanted) {
    while (!site.images().some((it) => name(it) === each)) await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  assert.deepEqual(site.images().filter(({ status }) => status !== 200), []);
});

test('a host of its own: one preflight for each image, and all are shown', async () => {
  await register(`${site.other}/images`);
  assert.equal(await show(`${site.other}/images/a.png`), 1);
  assert.equal(await show(`${site.other}/images/b.png`), 1);
  assert.equal(site.seen.filter(({ method }) => method === 'OPTIONS').length, 2);
});

test('another host is none of its business', async () => {
  await register();
  await show(`${site.other}/images/a.png`);
  assert.equal(site.images()[0].token, undefined);
});

test('after a forced reload, which leaves the page without a worker', async () => {
  await register();
  const session = await context.newCDPSession(page);
  const loaded = page.waitForEvent('load');
  await session.send('Page.reload', { ignoreCache: true });
  await loaded;
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
  assert.equal(await register(), true);
  assert.equal(await show('/images/a.png'), 1);
});

test('an older worker with other settings does not count as ready', async () => {
  await register('/elsewhere');
  await page.reload();
  assert.equal(await register(), true);
  assert.equal(await show('/images/a.png'), 1);
});

test('a worker that was stopped asks the page again', async () => {
  await register();
  await show('/images/a.png');
  const session = await context.newCDPSession(page);
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.stopAllWorkers');
  assert.equal(await show('/images/b.png'), 1);
});

test('a refused token is replaced once, for a whole gallery', async () => {
  await register();
  await show('/images/a.png');
  site.refused.add(site.images()[0].token);
  const widths = await page.evaluate(() => Promise.all(Array.from({ length: 20 }, (_, i) => new Promise((resolve) => {
    const image = new Image();
    image.onload = image.onerror = () => resolve(image.naturalWidth);
    image.src = `/images/gallery-${i}.png`;
  }))));
  assert.deepEqual(new Set(widths), new Set([1]));
  assert.equal(await page.evaluate(() => window.asked.filter((it) => it === 'fresh').length), 1);
});

test('tokens that are always refused end in a failure, not in a loop', async () => {
  await register();
  const always = { has: () => true };
  site.refused = always;
  assert.equal(await show('/images/a.png'), 0);
  assert.equal(await show('/images/b.png'), 0);
  assert.equal(await page.evaluate(() => window.asked.filter((it) => it === 'fresh').length), 1);
  assert.ok(site.images().length <= 4);
});

test('requests that bring a token of their own pass as they are', async () => {
  await register();
  await page.evaluate(() => fetch('/images/a.png', { headers: { Authorization: 'Bearer mine' } }));
  assert.equal(site.images()[0].token, 'mine');
});

test('signing out: before, a copy is shown without any token; after, nothing is', async () => {
  site.cacheControl = 'private, max-age=300';
  await register();
  assert.equal(await show('/images/a.png'), 1);
  const bare = () => page.evaluate(async () => {
    const answer = await fetch('/images/a.png', { cache: 'force-cache', headers: { Authorization: '' } });
    return answer.status;
  });
  assert.equal(await bare(), 200, 'the hazard: a browser does not look at Authorization in its cache');
  assert.equal(await show('/images/a.png'), 1);
  const worker = await page.evaluate(async () => {
    const { createClient } = await import('/index.js');
    const client = createClient({ baseUrl: '/images', getToken: window.getToken, onSignOut: () => window.images.clear() });
    await client.signOut();
    return window.images.active;
  });
  assert.equal(worker, false);
  assert.equal(site.signOuts, 1);
  // By the page that has shown it, too, and before any other request for it.
  assert.equal(await show('/images/a.png'), 0);
  assert.equal(await bare(), 401);
  assert.equal(await show('/images/new.png'), 0);
});
