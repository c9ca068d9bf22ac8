// The whole way: the web example, the real clerk-js, the deployed stack, two users, a bad day.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './chromium.mjs';
import { startLocal } from './local.mjs';

const shots = fileURLToPath(new URL('../../../../target/clients/', import.meta.url));
let browser, local, ada, grace, jpeg, first;

before(async () => {
  mkdirSync(shots, { recursive: true });
  [browser, local] = await Promise.all([launch(), startLocal()]);
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.filter((line) => /^\d{3} /.test(line)).join('\n'));
  await browser?.close();
  await local?.stop();
});

async function signIn(user) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${local.origin}/sign-in?user=${user}`);
  await page.waitForSelector('html[data-ready="true"]');
  return page;
}

/** Puts a file into the page's form; the path it was uploaded to. */
async function upload(page, buffer) {
  await page.setInputFiles('input[type=file]', { name: 'photo.jpg', mimeType: 'image/jpeg', buffer });
  await page.waitForFunction(() => /^\w[\w-]*: /.test(document.querySelector('#note').textContent));
  const [outcome, path] = (await page.textContent('#note')).split(': ');
  await page.evaluate(() => { document.querySelector('#note').textContent = ''; });
  return { outcome, path };
}

const show = (page, path, query = '') => page.evaluate(({ path, query }) => new Promise((resolve) => {
  const image = new Image();
  image.onload = image.onerror = () => resolve(image.naturalWidth);
  image.src = window.client.url(path) + query;
}), { path, query });

/** A real photograph's weight: noise does not compress. */
const makeJpeg = (page) => page.evaluate(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 2400 });
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < image.data.length; at += 65536) crypto.getRandomValues(image.data.subarray(at, at + 65536));
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  context.putImageData(image, 0, 0);
  context.fillStyle = '#e4572e';
  context.fillRect(300, 300, 500, 400);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.98));
  const reader = new FileReader();
  await new Promise((resolve) => { reader.onload = resolve; reader.readAsDataURL(blob); });
  return reader.result.split(',')[1];
});

test('signs in through the real clerk-js', async () => {
  ada = await signIn('user_ada');
  assert.equal(await ada.textContent('#who'), 'Ada');
  assert.match(await ada.evaluate(() => window.Clerk.version), /^6\./);
  await ada.evaluate(() => {
    window.progress = [];
    const bar = document.querySelector('progress');
    new MutationObserver(() => window.progress.push(bar.value)).observe(bar, { attributes: true });
  });
});

test('uploads a JPEG of 8 MB and shows how far it is', async () => {
  jpeg = Buffer.from(await makeJpeg(ada), 'base64');
  assert.ok(jpeg.length > 7e6 && jpeg.length < 10e6, `${jpeg.length} bytes`);
  first = await upload(ada, jpeg);
  assert.equal(first.outcome, 'created', first.path);
  assert.match(first.path, /^\/users\/user_ada\/[0-9a-f]{32}\.jpg$/);
  const progress = await ada.evaluate(() => window.progress);
  assert.equal(progress.at(-1), 1, JSON.stringify(progress));
  assert.equal(await show(ada, first.path), 3000);
  await ada.screenshot({ path: `${shots}/ada.png` });
});

test('another user sees it, from the cache of the edge', async () => {
  grace = await signIn('user_grace');
  assert.equal(await show(grace, first.path), 3000);
  const [get] = local.log.filter((line) => line.includes(`GET     ${first.path}`)).slice(-1);
  assert.match(get, /^200 .* Hit /);
});

test('an expired token is replaced on the way', async () => {
  local.options.lifetime = -30;
  await grace.evaluate(() => window.Clerk.session.getToken({ skipCache: true }).catch(() => null));
  const page = await signInStale();
  assert.equal(await show(page, first.path), 3000);
});

/** A page whose first token has expired already; the next one is good. */
async function signInStale() {
  const page = await signIn('user_grace');
  local.options.lifetime = 60;
  return page;
}

test('killed edge workers are replaced in the middle of a gallery', async () => {
  const shown = [];
  for (let at = 0; at < 12; at++) {
    if (at === 6) assert.ok(local.killWorkers() > 0);
    shown.push(show(grace, first.path, `?${at}`));
  }
  const widths = await Promise.all(shown);
  const failed = widths.filter((it) => it !== 3000).length;
  // Those that were inside a killed process are refused, never shown to the wrong person.
  for (let at = 0; at < failed; at++) assert.equal(await show(grace, first.path, `?again${at}`), 3000);
});

test('a connection that breaks in the middle of an upload costs nothing but time', async () => {
  local.cable.cutAfter = jpeg.length / 2;
  const { outcome, path } = await upload(ada, jpeg);
  assert.equal(local.cable.cuts, 1);
  assert.ok(['created', 'existed'].includes(outcome), `${outcome}: ${path}`);
  assert.equal(await show(ada, path), 3000);
});

test('an image in another user\'s folder is refused with the edge\'s reason', async () => {
  const code = await grace.evaluate(async () => {
    const put = window.client.put('/users/user_ada/mine.png', new Blob(['x'], { type: 'image/png' }));
    return put.then(() => 'uploaded', (error) => error.code);
  });
  assert.equal(code, 'insufficient_scope');
});

test('after signing out nothing is shown any more', async () => {
  await ada.click('#sign-out');
  await ada.waitForSelector('html[data-ready="false"]');
  await ada.screenshot({ path: `${shots}/signed-out.png` });
  const url = local.edge + first.path;
  const width = await ada.evaluate((src) => new Promise((resolve) => {
    const image = new Image();
    image.onload = image.onerror = () => resolve(image.naturalWidth);
    image.src = src;
  }), url);
  assert.equal(width, 0, 'by <img>');
  const status = await ada.evaluate((it) => fetch(it, { cache: 'force-cache' }).then((answer) => answer.status, () => 0), url);
  assert.equal(status, 401, 'by fetch');
});
