// A gallery of private images: plain <img> elements, a service worker that gives them tokens.
import { createClient, imagePath } from '/edgegate/index.js';
import { registerImageWorker } from '/edgegate/worker.js';

const $ = (selector) => document.querySelector(selector);
const { edge, clerk: clerkUrl, publishableKey } = await (await fetch('/settings.json')).json();

function note(text, failed = false) {
  $('#note').textContent = text;
  $('#note').classList.toggle('failed', failed);
}

/** The real clerk-js, from Clerk as in any app; the proxy URL is for the local Clerk alone. */
async function loadClerk() {
  const script = document.createElement('script');
  script.src = `${clerkUrl}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`;
  script.crossOrigin = 'anonymous';
  script.dataset.clerkPublishableKey = publishableKey;
  script.dataset.clerkProxyUrl = clerkUrl;
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: () => reject(new Error(`there is no clerk-js at ${script.src}`)) });
    document.head.append(script);
  });
  await window.Clerk.load();
  return window.Clerk;
}

// Which images there are is the app's own business: here a list in the browser, else its database.
const album = {
  list: () => JSON.parse(localStorage.getItem('album') ?? '[]'),
  add: (path) => localStorage.setItem('album', JSON.stringify([path, ...album.list()])),
};

function card(client, path) {
  const image = document.createElement('img');
  // In this order: a lazy image that has its address already is not lazy.
  Object.assign(image, { alt: '', loading: 'lazy', src: client.url(path) });
  const item = document.createElement('li');
  item.append(image);
  return item;
}

/** The bar beside the button, and a button that gives the upload up. */
function progress() {
  const controller = new AbortController();
  const [bar, cancel] = [$('progress'), $('#cancel')];
  bar.value = 0;
  bar.hidden = cancel.hidden = false;
  cancel.onclick = () => controller.abort();
  return {
    signal: controller.signal,
    onProgress: (sent, total) => { bar.value = sent / total; },
    end: () => { bar.hidden = cancel.hidden = true; },
  };
}

async function upload(client, userId, file) {
  const path = imagePath({ userId, extension: file.name.split('.').pop() });
  const { end, ...options } = progress();
  note('');
  try {
    const { outcome } = await client.put(path, file, options);
    album.add(path);
    $('#gallery').prepend(card(client, path));
    $('#none').hidden = true;
    note(`${outcome}: ${path}`);
  } catch (error) {
    note(error.code === 'aborted' ? 'Not uploaded.' : `${error.code}: ${error.message}`, true);
  }
  end();
}

function open(clerk, client) {
  const paths = album.list();
  $('main').hidden = $('#sign-out').hidden = false;
  $('#who').textContent = clerk.user.firstName;
  $('#none').hidden = paths.length > 0;
  $('#gallery').append(...paths.map((path) => card(client, path)));
  $('input').addEventListener('change', async ({ target }) => {
    if (target.files[0]) await upload(client, clerk.user.id, target.files[0]);
    // The same file again is a change, too.
    target.value = '';
  });
  $('#sign-out').addEventListener('click', async () => {
    await client.signOut();
    $('#gallery').replaceChildren();
    await clerk.signOut();
    location.assign('/');
  });
}

async function start() {
  const clerk = await loadClerk();
  const getToken = (options) => clerk.session?.getToken(options) ?? Promise.resolve(null);
  const worker = await registerImageWorker({ baseUrl: edge, getToken });
  const client = createClient({ baseUrl: edge, getToken, onSignOut: () => worker.clear() });
  Object.assign(window, { client, getToken });
  $('#sign-in button').addEventListener('click', () => clerk.redirectToSignIn({ signInFallbackRedirectUrl: location.href }));
  if (clerk.user) open(clerk, client);
  else $('#sign-in').hidden = false;
  document.documentElement.dataset.ready = String(Boolean(clerk.user));
}

await start().catch((error) => note(error.message, true));
