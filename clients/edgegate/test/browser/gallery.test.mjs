// The whole way: examples/web, the real clerk-js, the deployed stack, two people, a bad day.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { serve } from '../../../../examples/web/serve.mjs';
import { launch } from './chromium.mjs';
import { root, startLocal } from './local.mjs';
import { beginUpload, choose, makeJpeg, outcome, shoot, show, signIn } from './steps.mjs';

let browser, site, local, ada, grace, jpeg, first;
const settings = {};
const url = (path) => local.settings.edge + path;

before(async () => {
  site = await serve({ settings });
  [browser, local] = await Promise.all([launch(), startLocal([site.origin])]);
  Object.assign(settings, local.settings);
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.join('\n'));
  await browser?.close();
  await site?.stop();
  await local?.stop();
});

test('signs in through the real clerk-js', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.origin);
  await page.waitForSelector('#sign-in:not([hidden])');
  await shoot(page, 'web-welcome');
  ada = await signIn(browser, site.origin, 'Ada Lovelace');
  assert.equal(await ada.textContent('#who'), 'Ada');
  assert.match(await ada.evaluate(() => window.Clerk.version), /^6\./);
  await shoot(ada, 'web-empty');
});

test('uploads a JPEG of 8 MB and shows how far it is', async () => {
  jpeg = await makeJpeg(ada);
  assert.ok(jpeg.length > 7e6 && jpeg.length < 10e6, `${jpeg.length} bytes`);
  await ada.evaluate(() => {
    window.progress = [];
    const bar = document.querySelector('progress');
    new MutationObserver(() => window.progress.push(bar.value)).observe(bar, { attributeFilter: ['value'] });
  });
  const { part, hurry } = await beginUpload(ada, jpeg);
  assert.deepEqual(local.served('PUT', '/'), [], 'the edge has not got all of it');
  await shoot(ada, 'web-upload');
  await hurry();
  first = await outcome(ada);
  assert.equal(first.outcome, 'created', first.path);
  assert.match(first.path, /^\/users\/user_ada\/[0-9a-f]{32}\.jpg$/);
  const seen = await ada.evaluate(() => window.progress);
  assert.deepEqual(seen, seen.toSorted((one, other) => one - other), 'it never goes back');
  assert.ok(seen.includes(part), JSON.stringify(seen));
  assert.equal(seen.at(-1), 1);
  assert.equal(await show(ada, url(first.path)), 3000);
});

test('another user sees it, from the cache of the edge', async () => {
  grace = await signIn(browser, site.origin, 'Grace Hopper');
  assert.equal(await show(grace, url(first.path)), 3000);
  assert.match(local.served('GET', first.path).at(-1), /^200 .* Hit /);
});

/** Signs Grace in on a device whose clock is slow: it takes the token it holds for good, as after a sleep. */
async function signInStale() {
  const script = () => { const now = Date.now; Date.now = () => now() - 300_000; };
  const page = await signIn(browser, site.origin, 'Grace Hopper', { script });
  await local.ageNextToken(120);
  await page.evaluate(() => window.getToken({ skipCache: true }));
  return page;
}

const statuses = (lines) => lines.map((it) => it.slice(0, 3));

for (const [size, width] of [['small', 300], ['large, of which the edge does not read the body', 3000]]) {
  test(`an expired token is replaced after one 401, for an upload that is ${size}`, async () => {
    const page = await signInStale();
    await choose(page, width === 300 ? await makeJpeg(page, [300, 200]) : jpeg);
    const { outcome: created, path } = await outcome(page);
    assert.equal(created, 'created', path);
    const puts = local.served('PUT', path);
    // Chromium sends a request again by itself when a connection it has used before is closed.
    assert.deepEqual([...new Set(statuses(puts))], ['401', '200']);
    assert.match(puts[0], /token-expired/);
  });
}

test('an expired token is replaced after one 401, for <img>', async () => {
  const page = await signInStale();
  const before = local.served('GET', first.path).length;
  assert.equal(await show(page, url(first.path)), 3000);
  assert.deepEqual(statuses(local.served('GET', first.path).slice(before)), ['401', '200']);
});

test('an authorizer that dies in the middle of a gallery is replaced, and every image is shown', async () => {
  const before = local.served('GET', first.path).length;
  const gallery = Array.from({ length: 12 }, (_, at) => show(grace, `${url(first.path)}?${at}`));
  while (local.served('GET', first.path).length < before + 3) await grace.evaluate(() => new Promise(requestAnimationFrame));
  // Stopped first, so that none of the rest can be finished before the end.
  assert.ok(local.signal('SIGSTOP') > 0);
  const done = local.served('GET', first.path).length - before;
  local.signal('SIGKILL');
  assert.ok(done < 12, `${done} were done already`);
  assert.deepEqual(new Set(await Promise.all(gallery)), new Set([3000]));
});

test('a connection that breaks in the middle of an upload costs nothing but time', async () => {
  const { hurry } = await beginUpload(ada, jpeg);
  const before = local.served('PUT', '/users/user_ada/').filter((it) => it.startsWith('200')).length;
  local.cable.cut();
  await hurry();
  const { outcome: created, path } = await outcome(ada);
  assert.equal(created, 'created', path);
  const puts = local.served('PUT', '/users/user_ada/').filter((it) => it.startsWith('200'));
  assert.equal(puts.length, before + 1, 'stored once');
  assert.equal(await show(ada, url(path)), 3000);
  await shoot(ada, 'web-gallery');
});

test('an upload can be given up', async () => {
  const { hurry } = await beginUpload(ada, jpeg);
  await ada.getByRole('button', { name: 'Cancel' }).click();
  await ada.getByText('Not uploaded.').waitFor();
  await hurry();
});

test('an image in another user\'s folder is refused with the edge\'s reason', async () => {
  const code = await grace.evaluate(async () => {
    const put = window.client.put('/users/user_ada/mine.png', new Blob(['x'], { type: 'image/png' }));
    return put.then(() => 'uploaded', (error) => error.code);
  });
  assert.equal(code, 'insufficient_scope');
});

test('the lines for curl in docs/clients.md work as they stand there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgegate-curl-'));
  const [, lines] = /## curl\n\n```sh\n([^`]*)```/.exec(readFileSync(join(root, 'docs/clients.md'), 'utf8'));
  const photo = join(folder, 'photo.webp');
  copyFileSync(join(root, 'tests/images/dusk.webp'), photo);
  const env = { ...process.env, USER_ID: 'user_ada', TOKEN: await ada.evaluate(() => window.getToken()) };
  await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines.replaceAll('https://img.example.com', local.settings.edge)], { cwd: folder, env });
  assert.deepEqual(readFileSync(join(folder, 'again.webp')), readFileSync(photo));
  rmSync(folder, { recursive: true });
});

test('all of it works from the keyboard', async () => {
  await ada.evaluate(() => document.activeElement?.blur());
  const reached = [];
  for (let at = 0; at < 2; at++) {
    await ada.keyboard.press('Tab');
    reached.push(await ada.evaluate(() => document.activeElement.id || document.activeElement.type));
  }
  assert.deepEqual(reached, ['sign-out', 'file']);
});

test('after signing out nothing is shown any more', async () => {
  await ada.click('#sign-out');
  await ada.waitForSelector('html[data-ready="false"]');
  await shoot(ada, 'web-signed-out');
  assert.equal(await show(ada, url(first.path)), 0, 'by <img>');
  const status = await ada.evaluate((it) => fetch(it, { cache: 'force-cache' }).then((answer) => answer.status, () => 0), url(first.path));
  assert.equal(status, 401, 'by fetch');
});
