// The examples in browsers of other families. What each of them cannot do is part of the expectations.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../../../examples/web/serve.mjs';
import { buildReact } from '../browser/build.mjs';
import { startFolder } from '../browser/folder.mjs';
import { root, startLocal } from '../browser/local.mjs';
import { firefox } from './firefox.mjs';
import { webkit } from './webkit.mjs';

const shots = join(root, 'target/clients');
const settings = {};
let web, react, local;

before(async () => {
  mkdirSync(shots, { recursive: true });
  web = await serve({ settings });
  react = await startFolder();
  local = await startLocal([web.origin, react.origin]);
  Object.assign(settings, local.settings);
  react.folder = await buildReact(local.settings);
});
after(async () => {
  if (process.env.EDGE_LOG) console.error(local?.log.join('\n'));
  await web?.stop();
  await react?.stop();
  await local?.stop();
});

const ENGINES = [
  { name: 'Firefox', open: () => firefox(), frames: true, taints: true, keeps: true },
  { name: 'Firefox, private', open: () => firefox({ 'browser.privatebrowsing.autostart': true }), frames: false, taints: true, keeps: true },
  { name: 'WebKitGTK', open: () => webkit(), frames: true, taints: false, keeps: false },
];

/** Waits in the page until `done` says so. A page that is left meanwhile is waited for, too. */
async function until(browser, done, ...args) {
  const end = Date.now() + 30_000;
  for (;;) {
    const value = await browser.run(done, ...args).catch(() => null);
    if (value) return value;
    if (Date.now() > end) throw new Error(`never came true: ${done}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const press = (browser, text) => until(browser, (text) => {
  const button = [...document.querySelectorAll('button')].find((it) => it.textContent.includes(text) && it.checkVisibility?.() !== false);
  button?.click();
  return Boolean(button);
}, text);

/** Signs in where nobody is. Cookies do not look at ports, so that a session counts for both examples. */
async function signIn(browser, origin) {
  await browser.goto(origin);
  const isIn = await until(browser, () => {
    const [inside, outside] = ['#sign-out', '.empty button'].map((it) => document.querySelector(it)?.checkVisibility());
    return (inside || outside) && { inside: Boolean(inside) };
  });
  if (isIn.inside) return;
  await press(browser, 'Sign in');
  await press(browser, 'Ada Lovelace');
  await until(browser, () => document.querySelector('#sign-out')?.checkVisibility());
}

/** How wide an image is, and whether a canvas may be read that it was drawn on. */
const show = (browser, src) => browser.run((src) => new Promise((resolve) => {
  const image = new Image();
  image.onerror = () => resolve({ width: 0 });
  image.onload = () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    try {
      context.getImageData(0, 0, 1, 1);
      resolve({ width: image.naturalWidth, tainted: false });
    } catch {
      resolve({ width: image.naturalWidth, tainted: true });
    }
  };
  image.src = src;
}), src);

const bare = (browser, src) => browser.run((src) => fetch(src, { cache: 'force-cache', credentials: 'omit' }).then(({ status }) => status, () => 0), src);

for (const { name, open, frames, taints, keeps } of ENGINES) {
  describe(name, () => {
    let browser, path, url;
    before(async () => {
      browser = await open();
      console.log(browser.version);
      await signIn(browser, web.origin);
    });
    after(() => browser?.close());

    test('uploads with progress', async () => {
      const seen = await browser.run(async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
        canvas.getContext('2d').fillRect(0, 0, 320, 240);
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
        const parts = [];
        const path = `/users/user_ada/${crypto.randomUUID()}.png`;
        const { outcome } = await window.client.put(path, blob, { onProgress: (sent, total) => parts.push(sent / total) });
        return { outcome, path, last: parts.at(-1) };
      });
      assert.equal(seen.outcome, 'created');
      assert.equal(seen.last, 1);
      path = seen.path;
      url = local.settings.edge + path;
    });

    test('<img>, srcset and CSS get a token from the worker', async () => {
      const { width, tainted } = await show(browser, url);
      assert.equal(width, 320);
      assert.equal(tainted, taints, 'a canvas');
      await browser.run((url) => document.querySelector('#gallery').insertAdjacentHTML('beforeend', `
        <li><img srcset="${url}?srcset 1x"></li><li style="height: 9rem; background: url('${url}?css')"></li>`), url);
      await until(browser, () => document.querySelector('#gallery img[srcset]').naturalWidth === 320);
      await until(browser, (url) => performance.getEntriesByName(`${url}?css`).length > 0, url);
      await browser.screenshot?.(join(shots, `${name.replace(/\W+/g, '-').toLowerCase()}.png`));
    });

    test(`an image in a frame without an address is ${frames ? 'shown' : 'dark'}`, async () => {
      const width = await browser.run((url) => new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.srcdoc = `<img src="${url}?frame">`;
        frame.onload = () => resolve(frame.contentDocument.querySelector('img').naturalWidth);
        document.body.append(frame);
      }), url);
      assert.equal(width, frames ? 320 : 0);
    });

    test('the component shows it without a worker', async () => {
      await browser.goto(react.origin);
      await browser.run((path) => localStorage.setItem('album', JSON.stringify([path])), path);
      await signIn(browser, react.origin);
      await until(browser, () => document.querySelector('#gallery img')?.naturalWidth === 320);
      assert.match(await browser.run(() => document.querySelector('#gallery img').src), /^blob:/);
    });

    test('the component shows nothing after signing out, and the browser has forgotten the image', async () => {
      assert.equal(await bare(browser, url), keeps ? 200 : 401, 'the hazard: a copy that is given away without a token');
      await press(browser, 'Sign out');
      await until(browser, () => Boolean(document.querySelector('.empty button')));
      assert.equal(await bare(browser, url), 401, 'by fetch');
      assert.equal((await show(browser, url)).width, 0, 'by <img>');
    });

    test('nor is anything shown where there is a worker', async () => {
      await signIn(browser, web.origin);
      assert.equal((await show(browser, url)).width, 320);
      await press(browser, 'Sign out');
      await until(browser, () => document.documentElement.dataset.ready === 'false');
      assert.equal((await show(browser, url)).width, 0, 'by <img>');
      assert.equal(await bare(browser, url), 401, 'by fetch');
    });
  });
}
