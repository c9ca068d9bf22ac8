// The rules of the local stack: tried here, checked as they are typed, deployed when asked to.
import { fill, find, make, settled, tell } from './dom.js';
import { emit, get, on, post } from './api.js';

const text = find('text');
const verdict = find('verdict');
const apply = find('apply');

let now = { text: '', file: '', deployed: [] };
let good = true;
let busy = false;

/** Those that the edge judges by. */
export const deployed = () => now.deployed ?? [];
/** What was typed and could be deployed; null when it is what is deployed. */
export const draft = () => (good && text.value !== now.text ? text.value : null);

const SOURCES = {
  file: 'as in the file',
  page: 'tried here: the file has others',
  elsewhere: 'deployed from elsewhere: not those of the file',
};

function able() {
  const can = !busy && good && text.value !== now.text;
  apply.setAttribute('aria-disabled', String(!can));
  find('restore').setAttribute('aria-disabled', String(busy || (text.value === now.file && now.source === 'file')));
}

function lines() {
  const count = text.value.split('\n').length;
  find('lines').textContent = Array.from({ length: count }, (_, at) => at + 1).join('\n');
  text.rows = Math.min(26, Math.max(8, count + 1));
}

function say(answer) {
  if (!answer.ok) {
    return fill(verdict, make('p', { class: 'bad' }, 'These cannot be used.'), make('pre', {}, answer.message), answer.hint && make('p', {}, `hint: ${answer.hint}`));
  }
  const count = answer.rules.length;
  const what = text.value === now.text ? 'are deployed' : 'can be deployed; the table below says what would change';
  const default_ = text.value.includes('[[rules]]') ? '' : ' These are the defaults, since none are written.';
  return fill(verdict, make('p', {}, make('span', { class: 'good' }, `${count} ${count === 1 ? 'rule' : 'rules'}`), ` that ${what}.${default_}`),
    ...answer.warnings.map((it) => make('p', { class: 'warn' }, `warning: ${it}`)));
}

let asked = 0;
async function check() {
  asked += 1;
  const mine = asked;
  const answer = await post('rules/check', { text: text.value }).catch((error) => ({ ok: false, message: error.message }));
  if (mine !== asked) return;
  good = answer.ok;
  say(answer);
  able();
  emit('draft');
}

function typed() {
  lines();
  // Until it is checked nothing is known.
  good = false;
  able();
}

function put(value) {
  text.value = value;
  typed();
  return check();
}

export async function refresh() {
  now = await get('rules');
  if (now.ok === false) return say(now);
  find('rules-source').textContent = SOURCES[now.source] ?? '';
  emit('rules');
  return put(now.text);
}

async function deploy() {
  if (apply.getAttribute('aria-disabled') === 'true') return;
  busy = true;
  able();
  text.readOnly = true;
  fill(verdict, make('p', {}, 'Deploying into the local stack: a plan, its steps, and a look whether anything is left.'));
  const answer = await post('rules/apply', { text: text.value }).catch((error) => ({ ok: false, message: error.message }));
  busy = false;
  text.readOnly = false;
  if (!answer.ok) {
    good = true;
    say(answer);
    return able();
  }
  await refresh();
  emit('applied');
  tell('the rules are deployed');
  return fill(verdict, make('p', { class: 'good' }, 'Deployed here. edgegate.toml is as it was: copy them there to keep them.'));
}

async function copy() {
  try {
    await navigator.clipboard.writeText(text.value);
    tell('copied');
    find('copy').textContent = 'Copied';
  } catch {
    text.focus();
    text.select();
    find('copy').textContent = 'Selected: copy it';
  }
  setTimeout(() => { find('copy').textContent = 'Copy as TOML'; }, 2000);
}

export async function start(state) {
  if (!state.stack) {
    fill(find('rules-body'), make('p', { class: 'note' }, 'This cloud was started empty (--bare): its rules are those of whoever deploys into it.'));
    return;
  }
  const checked = settled(250, check);
  text.addEventListener('input', () => { typed(); checked(); });
  text.addEventListener('scroll', () => { find('lines').scrollTop = text.scrollTop; });
  // What somebody has typed stays.
  on('restarted', () => { if (text.value === now.text) refresh(); });
  apply.addEventListener('click', deploy);
  find('copy').addEventListener('click', copy);
  find('restore').addEventListener('click', () => { if (!busy) { put(now.file); text.focus(); } });
  await refresh();
}
