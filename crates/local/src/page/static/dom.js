// Making and finding elements. Text is only ever text: the page's policy forbids markup from strings.

export const find = (id) => document.getElementById(id);

/** An element with properties (`class`, `data-…` and `aria-…` are attributes) and children. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key in element && key !== 'list') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((it) => it !== null && it !== undefined && it !== false));
  return element;
}

export const fill = (element, ...children) => element.replaceChildren(...children.filter(Boolean));

/** Options of a select; the one that was chosen stays, when it is still there. */
export function choices(select, options, chosen = select.value) {
  fill(select, ...options.map(({ value, text }) => make('option', { value }, text)));
  if (options.some((it) => it.value === chosen)) select.value = chosen;
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  const [unit, scale] = count < 1e6 ? ['KB', 1e3] : ['MB', 1e6];
  return `${(count / scale).toFixed(count / scale < 10 ? 1 : 0)} ${unit}`;
}

export const millis = (count) => `${count < 10 ? count.toFixed(1) : Math.round(count)} ms`;

let waiting = '';
/** Tells people who do not see the page, a sentence a second at most. */
export function tell(text) {
  if (!waiting) setTimeout(() => { find('news').textContent = waiting; waiting = ''; }, 1000);
  waiting = text;
}

/** Calls it once nothing has called for that many milliseconds. */
export function settled(wait, work) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(work, wait); };
}

/** A path that breaks after its slashes. */
export const code = (path) => make('code', {}, ...path.split(/(?<=\/)/).flatMap((it) => [it, make('wbr')]));

/** Why each rule does or does not grant something. */
export function reasons(judged) {
  return make('ol', { class: 'reasons', 'aria-label': 'Rules' }, ...judged.rules.map((rule) => {
    const grants = rule.position === judged.rule;
    const why = grants ? 'grants it' : rule.why_not ?? 'would grant it, but an earlier rule decides';
    return make('li', {}, make('span', {}, String(rule.position)),
      make('span', {}, make('code', {}, `${rule.methods} ${rule.path}`), ' ', make('span', { class: grants ? 'grants' : 'off' }, why)));
  }));
}
