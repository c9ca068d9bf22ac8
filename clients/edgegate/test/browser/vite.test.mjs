// examples/react as Vite builds it: the real @clerk/react, uploads, the component and the hook, and the end of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildReact } from './build.mjs';
import { launch } from './chromium.mjs';
import { startFolder } from './folder.mjs';
import { startLocal } from './local.mjs';
import { beginUpload, makeJpeg, outcome, shoot, show, signIn } from './steps.mjs';

let browser, site, local, ada, first;
const url = (path) => local.settings.edge + path;

before(async () => {
  site = await startFolder();
  [browser, local] = await Promise.all([launch(), startLocal([site.origin])]);
  site.folder = await buildReact(local.settings);
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.join('\n'));
  await browser?.close();
  await site?.stop();
  await local?.stop();
});

test('signs in through the real @clerk/react', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.origin);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await shoot(page, 'react-welcome');
  ada = await signIn(browser, site.origin, 'Ada Lovelace');
  assert.equal(await ada.textContent('#who'), 'Ada');
});

test('uploads with a bar that moves, and shows the image in two places from one request', async () => {
  const jpeg = await makeJpeg(ada);
  const { hurry } = await beginUpload(ada, jpeg);
  await shoot(ada, 'react-upload');
  await hurry();
  first = await outcome(ada);
  assert.equal(first.outcome, 'created', first.path);
  await ada.waitForFunction(() => document.querySelector('#gallery img')?.naturalWidth === 3000);
  await shoot(ada, 'react-gallery');
  await ada.getByRole('button', { name: 'Show the whole image' }).click();
  await ada.locator('dialog[open] img').waitFor();
  await shoot(ada, 'react-whole');
  await ada.keyboard.press('Escape');
  assert.equal(local.served('GET', first.path).length, 1);
});

test('tells why an image is refused', async () => {
  await ada.setInputFiles('input[type=file]', { name: 'drawing.png', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') });
  await ada.getByText('Images of this kind are not taken.').waitFor();
  await shoot(ada, 'react-refused');
});

test('another user sees what Ada uploaded, after a reload, too', async () => {
  const grace = await signIn(browser, site.origin, 'Grace Hopper');
  await grace.evaluate((path) => localStorage.setItem('album', JSON.stringify([path])), first.path);
  await grace.reload();
  await grace.waitForFunction(() => document.querySelector('#gallery img')?.naturalWidth === 3000);
  assert.match(local.served('GET', first.path).at(-1), /^200 .* Hit /);
});

test('after signing out nothing is shown any more', async () => {
  const blob = await ada.getAttribute('#gallery img', 'src');
  await ada.click('#sign-out');
  await ada.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(await ada.locator('#gallery').count(), 0);
  assert.equal(await show(ada, blob), 0, 'by the address of the blob');
  assert.equal(await show(ada, url(first.path)), 0, 'by <img>');
  const status = await ada.evaluate((it) => fetch(it, { cache: 'force-cache' }).then((answer) => answer.status, () => 0), url(first.path));
  assert.equal(status, 401, 'by fetch');
  await shoot(ada, 'react-signed-out');
});
