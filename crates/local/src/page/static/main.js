// The parts of the page, each told what the local edge is.
import { fill, find, make } from './dom.js';
import { get, on } from './api.js';
import * as access from './access.js';
import * as images from './images.js';
import * as person from './person.js';
import * as requests from './requests.js';
import * as rules from './rules.js';
import * as upload from './upload.js';

function introduce({ stack, edge }) {
  const facts = [
    ['stack', stack?.name ?? 'none'],
    ['edge', location.origin],
    ['function', edge?.function ? `version ${edge.function[1]}` : 'none'],
  ];
  fill(find('facts'), ...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

const state = await get('state');
introduce(state);
for (const name of ['applied', 'restarted']) on(name, async () => introduce(await get('state')));
requests.start();
images.start();
upload.start();
access.start(state);
await rules.start(state);
await person.start(state);
