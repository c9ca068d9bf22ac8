// Clerk's session cookie alone, where images are on the host of the app (ports do not matter to cookies).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serve } from '../../../../examples/web/serve.mjs';
import { launch } from './chromium.mjs';
import { startLocal } from './local.mjs';
import { choose, makeJpeg, outcome, show, signIn } from './steps.mjs';

let browser, site, local, ada, image;
const settings = {};

before(async () => {
  site = await serve({ settings });
  [browser, local] = await Promise.all([launch(), startLocal([site.origin], { cookies: true })]);
  Object.assign(settings, local.settings);
  // No worker, so that nothing but the cookie can open an image.
  ada = await signIn(browser, site.origin, 'Ada Lovelace', { serviceWorkers: 'block' });
  await choose(ada, await makeJpeg(ada, [300, 200]));
  image = settings.edge + (await outcome(ada)).path;
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.join('\n'));
  await browser?.close();
  await site?.stop();
  await local?.stop();
});

test('an <img> is shown with nothing but the cookie that clerk-js keeps', async () => {
  const { length } = await ada.evaluate(() => navigator.serviceWorker.getRegistrations());
  assert.equal(length, 0);
  assert.equal(await show(ada, image), 300);
  assert.match(local.served('GET', new URL(image).pathname).at(-1), /^200 /);
});

test('a page of somebody who is not signed in shows nothing', async () => {
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  await page.goto(site.origin);
  assert.equal(await show(page, image), 0);
});

test('a cookie never uploads, whoever sends it', async () => {
  const path = '/users/user_ada/cookie.png';
  const held = (await ada.context().cookies(settings.edge)).filter(({ name }) => name.startsWith('__session'));
  assert.deepEqual(held.map(({ name }) => name.slice(0, 10)).toSorted(), ['__session', '__session_'], 'both names of it');
  const cookie = held.map(({ name, value }) => `${name}=${value}`).join('; ');
  const send = (method, body) => fetch(settings.edge + path, { method, body, headers: { cookie, ...(body && { 'content-type': 'image/png' }) } });
  assert.equal((await send('PUT', 'x')).status, 401);
  assert.match(local.served('PUT', path).at(-1), /^401 .*token-missing/);
  assert.notEqual((await send('GET')).status, 401, 'the same cookies do read');
  // A page cannot even try: the edge does not let it send cookies along.
  const tried = await ada.evaluate((url) => fetch(url, { method: 'PUT', credentials: 'include', body: 'x' }).then(() => true, () => false), settings.edge + path);
  assert.equal(tried, false);
});

test('after signing out nothing is shown any more', async () => {
  await ada.click('#sign-out');
  await ada.waitForSelector('html[data-ready="false"]');
  assert.equal(await show(ada, image), 0);
});
