// Uploads: a PUT through the edge for each image, with the token of whoever is signed in.
import { find, make, tell } from './dom.js';
import { emit, on, pathOf } from './api.js';
import { claimOf, token } from './person.js';
import { deployed } from './rules.js';

const folder = find('folder');
let typed = false;

/** The first folder that the rules let this person write to. */
function suggestion() {
  const rule = deployed().find((it) => it.methods.includes('PUT') && it.path.endsWith('*'));
  const segments = rule?.path.split('/').slice(0, -1) ?? ['', 'users', '{sub}'];
  const filled = segments.map((it) => (it.startsWith('{') ? claimOf(it.slice(1, -1)) : it.startsWith('*') ? 'album' : it));
  return `${filled.map((it) => it ?? 'unknown').join('/')}/`;
}

function suggest() {
  if (!typed) folder.value = suggestion();
}

/** Names that need no escapes are the same everywhere. */
const plain = (name) => name.normalize('NFKD').replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '') || 'image';

const words = { 0: 'the edge does not answer', 200: 'uploaded', 412: 'there is an image with this name already' };

function message(request) {
  try { return JSON.parse(request.responseText).message; } catch { return words[request.status] ?? request.statusText; }
}

/** `fetch` cannot say how much of a body has gone. */
function put(path, file, bearer, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path);
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    if (bearer) request.setRequestHeader('authorization', `Bearer ${bearer}`);
    request.upload.onprogress = ({ loaded, total }) => { progress.value = loaded / total; };
    request.onloadend = () => resolve({ status: request.status, message: words[request.status] ?? message(request) });
    request.send(file);
  });
}

async function upload(file) {
  const base = folder.value.trim().replace(/^\/*/, '').replace(/\/*$/, '');
  const path = pathOf(`${base}/${plain(file.name)}`.replace(/^\//, ''));
  const progress = make('progress', { value: 0, max: 1, 'aria-label': `upload of ${file.name}` });
  const item = make('li', {}, make('code', { title: path }, path), progress);
  find('uploads').prepend(item);
  const { status, message } = await put(path, file, await token(), progress);
  const ok = status === 200;
  progress.replaceWith(make('span', { class: ok ? 'good' : 'bad' }, ok ? message : `${status || ''} ${message}`));
  item.dataset.status = status;
  tell(`${file.name}: ${message}`);
  while (find('uploads').children.length > 6) find('uploads').lastElementChild.remove();
}

async function all(files) {
  for (const file of files) await upload(file);
  find('file').value = '';
  emit('uploaded');
}

export function start() {
  const zone = find('upload');
  const over = (event, is) => { event.preventDefault(); zone.classList.toggle('over', is); };
  zone.addEventListener('dragover', (event) => over(event, true));
  zone.addEventListener('dragleave', (event) => over(event, false));
  zone.addEventListener('drop', (event) => { over(event, false); all([...event.dataTransfer.files]); });
  zone.addEventListener('submit', (event) => event.preventDefault());
  find('file').addEventListener('change', (event) => all([...event.target.files]));
  folder.addEventListener('input', () => { typed = folder.value !== ''; });
  on('person', () => { typed = false; suggest(); });
  on('rules', suggest);
}
