// The page's own questions to the local edge, and what its parts tell each other.

const ROOT = '/_local/api/';

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the local edge answers ${response.status}`);
  return body;
}

export const get = async (name) => answer(await fetch(ROOT + name));

export async function post(name, body) {
  const headers = { 'content-type': 'application/json' };
  return answer(await fetch(ROOT + name, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** `person`: somebody else is signed in; `images`: they are listed; `uploaded`; `rules`: they are known;
    `applied`: they are others; `draft`: text was checked; `restarted`: it is another cloud. */
const bus = new EventTarget();
export const on = (name, work) => bus.addEventListener(name, (event) => work(event.detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

/** A key of the bucket as a path of the edge. */
export const pathOf = (key) => `/${key.split('/').map(encodeURIComponent).join('/')}`;
