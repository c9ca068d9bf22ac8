// Who could do what: the answers of `edgegate explain`, for everybody at once.
import { choices, code, fill, find, make, reasons, settled } from './dom.js';
import { on, post } from './api.js';
import { current, everybody, nameOf, party } from './person.js';
import { paths } from './images.js';
import { deployed, draft } from './rules.js';

const METHODS = ['GET', 'PUT'];
/** Images that are shown unasked. */
const IMAGES = 12;

let added = [];
/** What is explained; until somebody is chosen, it is about whoever is signed in. */
const chosen = { who: null, path: undefined };
/** Of two answers the one that was asked for last counts. */
const turns = { table: 0, why: 0 };
/** Of the command line. */
let program = '';
const columns = () => [...everybody().map((it) => it.id), null];
const label = (id) => (id ? nameOf(everybody().find((it) => it.id === id)) : 'Nobody');

/** Something to look at before there are images. */
function examples() {
  const fill_ = (path, person) => path.replace('{sub}', person.id).replaceAll(/\{[^}]*\}/g, 'x').replace(/\*+$/, 'example.jpg').replaceAll('*', 'album');
  const writable = deployed().filter((it) => it.methods.includes('PUT'));
  return [...new Set(writable.flatMap((rule) => everybody().slice(0, 2).map((person) => fill_(rule.path, person))))];
}

function rows() {
  const images = paths().slice(0, IMAGES);
  return [...new Set([...added, ...(images.length ? images : examples())])].slice(0, 40);
}

const verdict = (judged) => (judged.decision === 'refused' ? 'refused' : judged.rule ? `rule ${judged.rule}` : judged.decision);

function mark(method, { now, draft: then }) {
  const changes = then && (then.decision !== now.decision || then.rule !== now.rule);
  const kind = now.decision === 'refused' ? 'no' : 'yes';
  return make('div', { class: 'cell', 'data-method': method },
    make('span', {}, method),
    make('span', {}, make('span', { class: `mark ${kind}` }, verdict(now)), changes && make('span', { class: 'changed' }, `→ ${verdict(then)}`)));
}

function table(cells) {
  const cell = (path, id, method) => cells.find((it) => it.path === path && it.person === (id ?? '') && it.method === method);
  const me = current()?.id ?? null;
  const head = columns().map((id) => make('th', { scope: 'col', class: id === me ? 'me' : '' }, label(id), make('small', {}, id ?? 'no token')));
  const body = rows().map((path) => make('tr', {},
    make('th', { scope: 'row' }, code(path)),
    ...columns().map((id) => {
      const marks = METHODS.map((method) => [method, cell(path, id, method)]).filter(([, it]) => it).map(([method, it]) => mark(method, it));
      const data = make('td', { class: id === me ? 'me' : '' }, ...marks);
      data.addEventListener('click', (event) => pick(id, path, event.target.closest('.cell')?.dataset.method ?? 'GET'));
      return data;
    })));
  return make('table', {}, make('thead', {}, make('tr', {}, make('td', {}), ...head)), make('tbody', {}, ...body));
}

function pick(id, path, method) {
  Object.assign(chosen, { who: id ?? '', path });
  find('why-who').value = chosen.who;
  find('why-path').value = path;
  find('why-method').value = method;
  explain();
}

const ask = (people, asked, methods) => post('access', { people, azp: party(), paths: asked, methods, draft: draft() });

function say(judged, title) {
  const refused = judged.decision === 'refused';
  const code = refused ? ` ${judged.status} ${judged.code}: ${judged.message}` : judged.rule ? ` by rule ${judged.rule}` : '';
  return [
    make('p', {}, title, make('b', { class: refused ? 'bad' : 'good' }, judged.decision), code, refused && judged.check ? ` (${judged.check})` : ''),
    judged.edits.length ? make('p', { class: 'note' }, judged.edits.join('; ')) : null,
    judged.rules.length ? reasons(judged) : null,
  ].filter(Boolean);
}

/** What would be typed for the same answer. */
function command(id, method, path) {
  const person = everybody().find((it) => it.id === id);
  const claims = person ? ` \\\n  --claims '${JSON.stringify({ ...person.claims, sub: id, azp: party() }).replaceAll("'", "'\\''")}'` : '';
  return `${program} --method ${method} --path '${path}'${claims}`;
}

async function explain() {
  const [id, method, path] = [find('why-who').value || null, find('why-method').value, find('why-path').value];
  if (!path) return fill(find('why'));
  turns.why += 1;
  const turn = turns.why;
  const { cells, message } = await ask([id], [path], [method]).catch((error) => ({ message: error.message }));
  if (turn !== turns.why) return undefined;
  if (!cells) return fill(find('why'), make('p', { class: 'bad' }, message));
  const [{ now, draft: then }] = cells;
  return fill(find('why'), ...say(now, then ? 'Deployed: ' : ''), ...(then ? say(then, 'With the edited rules: ') : []), make('pre', {}, command(id, method, path)));
}

async function refresh() {
  if (!everybody().length) return;
  const basis = draft() === null ? 'by the deployed rules' : 'by the deployed rules → by the edited ones';
  turns.table += 1;
  const turn = turns.table;
  const answer = await ask(columns(), rows(), METHODS).catch((error) => ({ message: error.message }));
  if (turn !== turns.table) return;
  find('access-basis').textContent = answer.cells ? basis : '';
  fill(find('table'), answer.cells ? table(answer.cells) : make('p', { class: 'note' }, answer.message));
  choices(find('why-who'), columns().map((id) => ({ value: id ?? '', text: label(id) })), chosen.who ?? current()?.id ?? '');
  choices(find('why-path'), rows().map((path) => ({ value: path, text: path })), chosen.path);
  await explain();
}

export function start(state) {
  if (!state.stack) {
    find('access').hidden = true;
    document.querySelector('nav [href="#access"]').hidden = true;
    return;
  }
  program = state.stack.explain;
  const soon = settled(150, refresh);
  for (const name of ['person', 'images', 'rules', 'draft']) on(name, soon);
  find('why-who').addEventListener('change', () => { chosen.who = find('why-who').value; });
  find('why-path').addEventListener('change', () => { chosen.path = find('why-path').value; });
  for (const id of ['why-who', 'why-method', 'why-path']) find(id).addEventListener('change', explain);
  find('ask').addEventListener('submit', (event) => {
    event.preventDefault();
    const path = find('ask-path').value.trim();
    if (!path) return;
    added = [path.startsWith('/') ? path : `/${path}`, ...added];
    find('ask-path').value = '';
    [chosen.path] = added;
    refresh();
  });
}
