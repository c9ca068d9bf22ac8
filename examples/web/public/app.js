// A gallery of private images: plain <img> elements, a service worker that gives them tokens.
import { createClient, imagePath } from '/edgegate/index.js';
import { registerImageWorker } from '/edgegate/worker.js';

const $ = (selector) => document.querySelector(selector);
const note = (text) => { $('#note').textContent = text; };
const { edge, publishableKey } = await (await fetch('/settings.json')).json();

/** The real clerk-js. In an app of yours it comes from Clerk, and neither needs a proxy. */
async function loadClerk() {
  const script = document.createElement('script');
  script.src = '/clerk-js/clerk.browser.js';
  script.dataset.clerkPublishableKey = publishableKey;
  script.dataset.clerkProxyUrl = `${location.origin}/clerk`;
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: reject });
    document.head.append(script);
  });
  await window.Clerk.load();
  return window.Clerk;
}

// Which images there are is the app's own business: here a list in the browser, else its database.
const album = {
  list: () => JSON.parse(localStorage.getItem('album') ?? '[]'),
  add: (path) => localStorage.setItem('album', JSON.stringify([...album.list(), path])),
};

function show(client, path) {
  const image = document.createElement('img');
  image.alt = '';
  image.loading = 'lazy';
  image.src = client.url(path);
  const item = document.createElement('li');
  item.append(image);
  $('#gallery').append(item);
}

async function upload(client, userId, file) {
  const path = imagePath({ userId, extension: file.name.split('.').pop() });
  const onProgress = (sent, total) => { $('progress').value = sent / total; };
  try {
    const { outcome } = await client.put(path, file, { onProgress });
    album.add(path);
    show(client, path);
    note(`${outcome}: ${path}`);
  } catch (error) {
    note(`${error.code}: ${error.message}`);
  }
}

async function open(clerk) {
  const getToken = (options) => clerk.session?.getToken(options) ?? Promise.resolve(null);
  const worker = await registerImageWorker({ baseUrl: edge, getToken });
  const client = createClient({ baseUrl: edge, getToken, onSignOut: () => worker.clear() });
  Object.assign(window, { client, getToken });
  $('main').hidden = false;
  $('#who').textContent = clerk.user.firstName;
  album.list().forEach((path) => show(client, path));
  $('input').addEventListener('change', ({ target }) => target.files[0] && upload(client, clerk.user.id, target.files[0]));
  $('#sign-out').hidden = false;
  $('#sign-out').addEventListener('click', async () => {
    await client.signOut();
    $('#gallery').replaceChildren();
    await clerk.signOut();
    location.assign('/');
  });
}

const clerk = await loadClerk();
if (clerk.user) await open(clerk);
else $('#sign-in').hidden = false;
document.documentElement.dataset.ready = String(Boolean(clerk.user));
