// Every request's way through the edge, as it is served.
import { fill, find, make, millis, reasons, tell } from './dom.js';
import { emit } from './api.js';

/** Rows that are kept. */
const MAX = 200;
const WORDS = { allow: 'allowed', deny: 'refused', answer: 'answered', error: 'failed' };

const list = find('list');
const word = (it) => WORDS[it.decision] ?? it.decision;
const span = (kind, ...children) => make('span', { class: kind }, ...children);
const hidden = (text) => span('unseen', text);

/** What the viewer-request function made of it. */
function viewer({ decision, reason, function: ran, judged }, it) {
  const tone = decision === 'allow' || decision === 'answer' ? 'good' : 'bad';
  const why = decision === 'allow' && judged?.rule ? ` by rule ${judged.rule}` : decision === 'deny' && reason ? ` ${reason}` : '';
  if (!ran) return span('off', hidden('Viewer request: '), decision === 'error' ? 'no function ran' : 'no function');
  return span('', hidden('Viewer request: '), span(tone, `${word(it)}${why}`), ' ', span('ms', millis(ran.millis)));
}

/** Whether the function let it through to the cache. */
const passed = ({ decision, origin }) => decision === 'allow' || origin.length > 0;

function cache(it) {
  if (!passed(it)) return span('off', hidden('Cache: '), 'not reached');
  if (it.method === 'PUT') return span('off', hidden('Cache: '), 'passed by');
  const words = { Hit: 'Hit', Miss: 'Miss', RefreshHit: 'Refresh hit', Error: it.origin.length ? 'Miss' : 'Hit, an error' };
  return span('', hidden('Cache: '), words[it.cache] ?? it.cache);
}

function bucket(it) {
  if (!passed(it)) return span('off', hidden('Bucket: '), 'not reached');
  if (!it.origin.length) return span('off', hidden('Bucket: '), 'not asked');
  const answers = it.origin.map(({ status, millis: took }) => span('', String(status ?? 'no answer'), ' ', span('ms', millis(took)), ' '));
  return span('', hidden('Bucket: '), ...answers);
}

/** Where the time went. The bars are for the eye: the numbers beside them say the same. */
function spent(it) {
  const asked = it.origin.map(({ millis: took }) => ['Bucket', took]);
  const steps = [['Viewer request', it.function?.millis ?? 0], ...asked];
  const rest = it.millis - steps.reduce((sum, [, took]) => sum + took, 0);
  let before = 0;
  return [...steps, ['Edge and cache', Math.max(0, rest)]].flatMap(([name, took]) => {
    const part = make('i');
    part.style.marginLeft = `${(100 * before) / it.millis}%`;
    part.style.width = `${(100 * took) / it.millis}%`;
    before += took;
    return [make('span', {}, name), make('span', { 'aria-hidden': 'true' }, part), make('span', {}, millis(took))];
  });
}

function summary(it) {
  const at = new Date(it.at);
  const tone = it.status < 400 ? 'ok' : it.status < 500 ? 'no' : 'broken';
  return make('summary', {},
    make('span', { class: 'line' },
      span(`status ${tone}`, String(it.status)), span('method', it.method), make('span', { class: 'path', title: it.path }, it.path),
      span('who', it.judged?.subject ?? ''),
      make('time', { dateTime: at.toISOString() }, at.toLocaleTimeString('en-GB'))),
    make('span', { class: 'way' }, viewer(it, it), cache(it), bucket(it), span('total', hidden('In all: '), millis(it.millis))));
}

function details(it) {
  const { judged } = it;
  const facts = [
    ['Who', judged?.subject ?? (judged ? 'nobody that is known' : null)],
    ['Answer', judged?.message && it.decision === 'deny' ? `${it.reason}: ${judged.message}` : it.reason],
    ['Check', it.decision === 'deny' ? judged?.check : null],
    ['Changed', judged?.edits.join('; ')],
    ['Function', it.function && `version ${it.function.version}`],
    ['Location', `${it.location + 1} of 4`],
    ['Request id', it.id],
  ].filter(([, text]) => text);
  const differs = judged && (judged.decision === 'allowed') !== (it.decision === 'allow') && it.decision !== 'error' && it.decision !== 'answer';
  return make('div', { class: 'more' },
    make('div', { class: 'spent' }, ...spent(it)),
    make('dl', {}, ...facts.flatMap(([name, text]) => [make('dt', {}, name), make('dd', { class: 'mono' }, text)])),
    differs && make('p', { class: 'problem' }, 'Judged once more for this page, it came out otherwise: the function knows a token or a key that the page does not.'),
    judged?.rules.length ? make('h3', {}, 'Rules') : null,
    judged?.rules.length ? reasons(judged) : null);
}

function row(it) {
  const element = make('details', {}, summary(it));
  // Most are never opened.
  element.addEventListener('toggle', () => { if (element.open && element.children.length === 1) element.append(details(it)); });
  return make('li', { class: 'fresh', 'data-seq': it.seq, 'data-decision': it.decision }, element);
}

const filter = (item) => { item.hidden = find('refused-only').checked && item.dataset.decision !== 'deny' && item.dataset.decision !== 'error'; };

function idle() {
  find('idle').hidden = list.children.length > 0;
}

/** Judging them takes turns, so one may come after its successor. */
function insert(it) {
  const later = [...list.children].findLast((other) => Number(other.dataset.seq) > it.seq);
  const item = row(it);
  filter(item);
  if (later) later.after(item);
  else list.prepend(item);
  while (list.children.length > MAX) list.lastElementChild.remove();
  idle();
}

export function start() {
  const source = new EventSource('/_local/api/requests');
  const connection = find('connection');
  source.onopen = () => { connection.textContent = 'live'; };
  source.onerror = () => { connection.textContent = 'the local edge does not answer'; };
  let cloud = null;
  source.addEventListener('cloud', ({ data }) => {
    if (cloud !== null && cloud !== data) { fill(list); idle(); emit('restarted'); }
    cloud = data;
  });
  source.onmessage = ({ data }) => {
    const it = JSON.parse(data);
    insert(it);
    tell(`${it.method} ${it.path}: ${word(it)}, ${it.status}${passed(it) ? `, ${it.cache}` : `, ${it.reason ?? ''}`}`);
  };
  find('refused-only').addEventListener('change', () => [...list.children].forEach(filter));
  find('clear').addEventListener('click', () => { fill(list); idle(); });
}
