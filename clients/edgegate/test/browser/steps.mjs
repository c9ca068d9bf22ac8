// What people do in each of the examples.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './local.mjs';

const shots = join(root, 'target/clients');

/** Signs in on the local Clerk's page, in a browser context of its own. */
export async function signIn(browser, origin, name, options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  if (options.script) await page.addInitScript(options.script);
  await page.goto(origin);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name }).click();
  await page.waitForSelector('#sign-out');
  await page.waitForSelector('input[type=file]', { state: 'attached' });
  return page;
}

/** Puts a file into the page's form; does not wait. */
export const choose = (page, buffer) => page.setInputFiles('input[type=file]', { name: 'photo.jpg', mimeType: 'image/jpeg', buffer });

/** In bytes a second: an upload of 8 MB takes long enough to be looked at. */
const SLOW = 500_000;

/**
 * Puts a file into the form and comes back while it is on its way: how far, and what ends the slowness.
 * It is the browser that is slow. Were it the network, the buffers below would swallow an upload whole.
 */
export async function beginUpload(page, buffer) {
  const session = await page.context().newCDPSession(page);
  const limit = (uploadThroughput) => session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await limit(SLOW);
  await choose(page, buffer);
  const part = await page.waitForFunction(() => {
    const bar = document.querySelector('progress');
    return bar && !bar.hidden && bar.value > 0.1 && bar.value < 1 && bar.value;
  });
  return { part: await part.jsonValue(), hurry: () => limit(-1) };
}

/** How the upload ended, as the page says it, and the path. */
export async function outcome(page) {
  const note = page.locator('#note', { hasText: /^\S+: / });
  await note.waitFor();
  const [, code, rest] = /^(\S+): (.*)$/s.exec(await note.textContent());
  await page.evaluate(() => document.querySelector('#note').replaceChildren());
  return { outcome: code, path: rest };
}

/** A photograph's weight: noise does not compress. `[width, height]` of 3000 by 2400 has 8 MB. */
export const makeJpeg = (page, [width, height] = [3000, 2400]) => page.evaluate(async ([width, height]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let at = 0; at < image.data.length; at += 65536) crypto.getRandomValues(image.data.subarray(at, at + 65536));
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  context.putImageData(image, 0, 0);
  const sky = context.createLinearGradient(0, 0, 0, height);
  for (const [at, colour] of [[0, '#2b1a5570'], [0.55, '#e4572e70'], [0.56, '#17213a70'], [1, '#0b102070']]) sky.addColorStop(at, colour);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.98));
  const reader = new FileReader();
  await new Promise((resolve) => { reader.onload = resolve; reader.readAsDataURL(blob); });
  return reader.result.split(',')[1];
}, [width, height]).then((base64) => Buffer.from(base64, 'base64'));

/** How wide an `<img>` of that address is, 0 where it fails. */
export const show = (page, src) => page.evaluate((src) => new Promise((resolve) => {
  const image = new Image();
  image.onload = image.onerror = () => resolve(image.naturalWidth);
  image.src = src;
}), src);

/** Pictures of the page on a phone and on a desk, in daylight and at night. */
export async function shoot(page, name) {
  mkdirSync(shots, { recursive: true });
  const before = page.viewportSize();
  for (const [device, width, height] of [['phone', 390, 844], ['desk', 1280, 800]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(shots, `${name}-${device}-${colorScheme}.png`) });
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide for a ${device}`);
  }
  await page.setViewportSize(before);
}
