// What is in the bucket, each image fetched through the edge as whoever is signed in.
import { bytes, fill, find, make, millis } from './dom.js';
import { emit, get, on, pathOf } from './api.js';
import { token } from './person.js';

/** So many are fetched at a time. */
const LANES = 4;

let images = [];
let total = 0;
/** Answers to somebody who is not signed in any more are nobody's. */
let turn = 0;

export const paths = () => images.map((it) => pathOf(it.key));

/** What the edge answers to the person who is signed in. */
export async function look(path) {
  const bearer = await token();
  const headers = bearer ? { authorization: `Bearer ${bearer}` } : {};
  const start = performance.now();
  // Neither cookies nor the browser's own cache: every look is a request that can be watched.
  const response = await fetch(path, { headers, cache: 'no-store', credentials: 'omit' });
  const cache = response.headers.get('x-cache')?.split(' ')[0] ?? '';
  const body = await response.blob();
  const refusal = response.ok ? null : await reason(body);
  return { status: response.status, cache, body, refusal, took: performance.now() - start };
}

/** In the authorizer's words, or the bucket's. */
async function reason(body) {
  const text = await body.text();
  try { return JSON.parse(text); } catch { /* S3 speaks XML. */ }
  const code = text.match(/<Code>([^<]*)/)?.[1] ?? '';
  return { error: code, message: text.match(/<Message>([^<]*)/)?.[1] ?? '' };
}

function tile({ key, size }) {
  const name = key.split('/').at(-1);
  const button = make('button', { type: 'button', 'aria-label': `Ask for ${name} again` }, make('span', { class: 'dark' }, '…'));
  const note = make('p', {}, bytes(size));
  const item = make('li', { class: 'tile', 'data-key': key }, button, make('p', { title: pathOf(key) }, name), note);
  button.addEventListener('click', () => show(item, { key, size }));
  return item;
}

async function show(item, { key, size }) {
  const [button, note] = [item.querySelector('button'), item.lastElementChild];
  const name = key.split('/').at(-1);
  const mine = turn;
  let seen;
  try { seen = await look(pathOf(key)); } catch { seen = { status: 0, refusal: { message: 'the edge does not answer' } }; }
  if (mine !== turn) return;
  const old = button.querySelector('img');
  if (old) URL.revokeObjectURL(old.src);
  item.classList.toggle('refused', Boolean(seen.refusal));
  if (seen.refusal) {
    const { error, message } = seen.refusal;
    fill(button, make('span', { class: 'dark' }, make('b', {}, String(seen.status)), message || error || ''));
    button.setAttribute('aria-label', `${name}: refused, ${seen.status}, ${message || error}. Ask again`);
    note.textContent = error || 'no answer';
  } else {
    fill(button, make('img', { src: URL.createObjectURL(seen.body), alt: '' }));
    button.setAttribute('aria-label', `${name}: ${seen.cache}. Ask again`);
    note.textContent = `${bytes(size)} · ${seen.cache} · ${millis(seen.took)}`;
  }
  item.dataset.status = seen.status;
}

async function showAll(wanted) {
  const left = wanted.map((image) => [find('gallery').querySelector(`[data-key="${CSS.escape(image.key)}"]`), image]);
  const lane = async () => { while (left.length) await show(...left.shift()); };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function count() {
  find('images-count').textContent = total ? `${images.length} of ${total}` : '';
  find('empty').hidden = total > 0;
  find('more').hidden = images.length >= total;
}

/** Lists them anew, and asks for each. */
export async function refresh() {
  turn += 1;
  const mine = turn;
  const answer = await get('images');
  if (mine !== turn) return;
  for (const it of find('gallery').querySelectorAll('img')) URL.revokeObjectURL(it.src);
  ({ images, total } = answer);
  fill(find('gallery'), ...images.map(tile));
  count();
  emit('images');
  await showAll(images);
}

async function more() {
  const answer = await get(`images?skip=${images.length}`);
  total = answer.total;
  images.push(...answer.images);
  find('gallery').append(...answer.images.map(tile));
  count();
  emit('images');
  await showAll(answer.images);
}

export function start() {
  find('refresh').addEventListener('click', refresh);
  find('more').addEventListener('click', more);
  on('person', refresh);
  on('uploaded', refresh);
  on('applied', refresh);
}
