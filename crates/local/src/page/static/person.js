// Who is signed in: a pretend user of the local Clerk, whose tokens live for a minute.
import { choices, fill, find, make, tell } from './dom.js';
import { emit, get, on, post } from './api.js';

const KEPT = 'edgegate-person';
/** Seconds: tokens that are about to expire are not used. */
const MARGIN = 15;
const NOBODY = '';

let people = [];
let held = null;

const who = find('who');
const azp = find('azp');

export const everybody = () => people;
export const current = () => people.find((it) => it.id === who.value) ?? null;
export const party = () => azp.value || null;

export const nameOf = (person) => [person.first_name, person.last_name].filter(Boolean).join(' ');

function decode(token) {
  const part = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (it) => it.charCodeAt(0))));
}

/** A token that is good for a while yet; null when nobody is signed in. */
export async function token() {
  const person = current();
  if (!person) return null;
  if (held && held.claims.exp - MARGIN > Date.now() / 1000) return held.token;
  const { token } = await post('token', { user: person.id, azp: party() });
  if (current() !== person) return token;
  held = { token, claims: decode(token) };
  find('claims').textContent = JSON.stringify(held.claims, null, 2);
  return token;
}

/** What the templates of rules can name, of the person who is signed in. */
export function claimOf(name) {
  const person = current();
  const organization = person?.claims.o ?? {};
  const own = { sub: person?.id, org_id: organization.id, org_slug: organization.slg, org_role: organization.rol };
  return name in own ? own[name] : name.split('.').reduce((value, step) => value?.[step], person?.claims);
}

function about(person) {
  if (!person) return 'Nobody: requests carry no token.';
  const { o } = person.claims;
  const member = o ? `${o.rol || 'member'} of ${o.slg || o.id}` : 'in no organization';
  return `${person.id}, ${member}. Its tokens live for a minute; each is fetched when it is needed.`;
}

async function change() {
  held = null;
  const person = current();
  sessionStorage.setItem(KEPT, JSON.stringify({ who: who.value, azp: azp.value }));
  find('who-note').textContent = about(person);
  find('claims-details').hidden = !person;
  await token();
  tick();
  emit('person', person);
}

function tick() {
  const left = held ? Math.max(0, Math.round(held.claims.exp - Date.now() / 1000)) : 0;
  const text = left ? `token: ${left} s left` : 'token: expired, the next request gets another';
  find('lifetime').textContent = held ? text : '';
}

function list(chosen) {
  const options = people.map((it) => ({ value: it.id, text: `${nameOf(it)} (${it.id})` }));
  choices(who, [...options, { value: NOBODY, text: 'Nobody' }], chosen);
}

async function add(event) {
  event.preventDefault();
  const form = event.target;
  const value = (name) => form.elements[name].value.trim();
  const problem = find('add-problem');
  problem.textContent = '';
  try {
    const organization = value('organization') ? {
      id: value('organization'), slug: value('slug'), role: value('role'),
      permissions: value('permissions').split(/[\s,]+/).filter(Boolean),
    } : null;
    if (!organization && (value('slug') || value('role') || value('permissions'))) throw new Error('slug, role and permissions are of an organization: name its id');
    const claims = parse(value('claims') || '{}');
    const person = await post('people', { id: value('id'), name: value('name'), organization, claims });
    people = await get('people');
    list(person.id);
    find('add-details').open = false;
    who.focus();
    await change();
    tell(`signed in as ${nameOf(person)}`);
  } catch (error) {
    problem.textContent = error.message;
  }
}

function parse(text) {
  let claims;
  try { claims = JSON.parse(text); } catch { throw new Error('the other claims are not JSON'); }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Error('the other claims are not a JSON object');
  return claims;
}

export async function start(state) {
  people = await get('people');
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  const parties = state.stack?.authorized_parties ?? [];
  // An app that the rules believe comes first; this page is hardly one of them.
  const origins = [...new Set([...parties, location.origin])];
  const text = (it) => (parties.includes(it) || parties.length === 0 ? it : `${it} (not authorized)`);
  choices(azp, [...origins.map((it) => ({ value: it, text: text(it) })), { value: '', text: 'none: no azp claim' }], kept.azp ?? origins[0]);
  list(kept.who ?? people[0]?.id);
  who.addEventListener('change', change);
  azp.addEventListener('change', change);
  find('add').addEventListener('submit', add);
  setInterval(tick, 1000);
  // The local Clerk has forgotten who was added.
  on('restarted', async () => { people = await get('people'); list(who.value); await change(); });
  await change();
}
