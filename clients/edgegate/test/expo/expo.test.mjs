// examples/expo as Metro exports it for the web: the real @clerk/expo, a picked photograph that is made
// smaller, SQLite, expo-image, and the end of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../browser/chromium.mjs';
import { startFolder } from '../browser/folder.mjs';
import { startLocal } from '../browser/local.mjs';
import { makeJpeg, outcome, shoot, show } from '../browser/steps.mjs';
import { expoExport } from './export.mjs';

let browser, site, local, ada, first;
const url = (path) => local.settings.edge + path;

const exportWeb = ({ edge, clerk, publishableKey }) => expoExport('expo', ['--platform', 'web'], {
  EXPO_PUBLIC_EDGEGATE_URL: edge, EXPO_PUBLIC_CLERK_PROXY_URL: clerk, EXPO_PUBLIC_CLERK_PUBLISHABLE_KEY: publishableKey,
});

before(async () => {
  site = await startFolder();
  [browser, local] = await Promise.all([launch(), startLocal([site.origin])]);
  site.folder = await exportWeb(local.settings);
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.join('\n'));
  await browser?.close();
  await site?.stop();
  await local?.stop();
});

async function signIn(name) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.origin);
  await page.getByLabel('Email address').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill('anything');
  return page;
}

async function enter(page) {
  await page.keyboard.press('Enter');
  await page.locator('#sign-out').waitFor();
}

/** Picks a file as a person does, in the browser's own dialog. */
async function pick(page, buffer) {
  const [dialog] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Add an image' }).click()]);
  await dialog.setFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer });
}

const width = (page) => page.waitForFunction(() => {
  const images = [...document.querySelectorAll('img')].filter(({ src }) => src.startsWith('blob:'));
  return images.some((it) => it.naturalWidth > 0) && images[0].naturalWidth;
}).then((it) => it.jsonValue());

test('signs in with a password through the real @clerk/expo', async () => {
  ada = await signIn('nobody');
  await shoot(ada, 'expo-welcome');
  await ada.keyboard.press('Enter');
  await ada.locator('#note', { hasText: /./ }).waitFor();
  await ada.getByLabel('Email address').fill('ada@example.com');
  await ada.getByLabel('Password').focus();
  await enter(ada);
  assert.equal(await ada.textContent('#who'), 'Ada');
  await shoot(ada, 'expo-empty');
});

test('picks a photograph, makes it smaller, uploads it with progress and shows it', async () => {
  const jpeg = await makeJpeg(ada);
  await ada.evaluate(() => {
    window.progress = [];
    const look = () => {
      const bar = document.querySelector('#progress');
      if (bar) window.progress.push(Number(bar.getAttribute('aria-valuenow')));
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-valuenow'] });
  });
  await pick(ada, jpeg);
  first = await outcome(ada);
  assert.equal(first.outcome, 'created', first.path);
  assert.match(first.path, /^\/users\/user_ada\/[0-9a-f]{32}\.webp$/);
  assert.ok((await ada.evaluate(() => window.progress)).includes(100));
  assert.equal(await width(ada), 1600);
  await shoot(ada, 'expo-gallery');
  assert.equal(local.served('GET', first.path).length, 1, 'fetched once, whatever was drawn again');
});

test('keeps its images when Clerk has another token, with which useAuth hands out another getToken', async () => {
  const shown = () => ada.evaluate(() => [...document.querySelectorAll('img')].map(({ src }) => src));
  const before = await shown();
  await ada.evaluate(() => performance.clearResourceTimings());
  await ada.evaluate(() => window.Clerk.session.getToken({ skipCache: true }));
  await ada.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  // Not even from the browser's cache.
  assert.deepEqual(await ada.evaluate((it) => performance.getEntriesByName(it).length, url(first.path)), 0);
  assert.deepEqual(await shown(), before);
});

test('finds the path in SQLite after a reload', async () => {
  await ada.reload();
  assert.equal(await width(ada), 1600);
});

test('after signing out nothing is shown any more', async () => {
  await ada.click('#sign-out');
  await ada.getByLabel('Password').waitFor();
  assert.equal(await ada.locator('img').count(), 0);
  assert.equal(await show(ada, url(first.path)), 0, 'by <img>');
  const status = await ada.evaluate((it) => fetch(it, { cache: 'force-cache' }).then((answer) => answer.status, () => 0), url(first.path));
  assert.equal(status, 401, 'by fetch');
});
