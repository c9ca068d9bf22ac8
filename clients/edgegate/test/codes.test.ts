import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EDGE_CODES } from '../src/errors.js';

test('the codes are those of the authorizer', () => {
  const source = readFileSync(new URL('../../../authorizer/src/code.rs', import.meta.url), 'utf8');
  const names = [...source.matchAll(/Code::\w+ => (?:\{\s*)?\(\s*"([^"]+)"/g)].map(([, name]) => name);
  const variants = source.slice(source.indexOf('pub enum Code'), source.indexOf('impl Code')).match(/^ {4}[A-Z]\w+,$/gm);
  expect(names).toHaveLength(variants?.length ?? 0);
  // `internal` is the handler's, when the authorizer could not be asked.
  expect([...EDGE_CODES].sort()).toEqual([...names, 'internal'].sort());
});
