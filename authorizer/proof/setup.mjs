// What `cargo xtask` has prepared beside this file: the unpacked function, its issuer and its key.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const beside = (name) => new URL(name, import.meta.url);

export const setup = JSON.parse(readFileSync(beside('setup.json')));
export const handlerUrl = beside('bundle/index.mjs');

/** Only for those who sign tokens: a contender knows public keys alone. */
export function issuerKey() {
  const key = createPrivateKey({ key: readFileSync(beside('state/issuer.pkcs8')), format: 'der', type: 'pkcs8' });
  const pem = createPublicKey(key).export({ format: 'pem', type: 'spki' });
  return { key, pem, kid: setup.jwks.keys[0].kid };
}
