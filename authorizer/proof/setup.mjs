// What `cargo xtask` has prepared beside this file: the unpacked function, its issuer and its key.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const beside = (name) => new URL(name, import.meta.url);

export const setup = JSON.parse(readFileSync(beside('setup.json')));
export const handlerUrl = beside('bundle/index.mjs');

/** The same of the issuer that signs with a curve, once that was asked for. */
export const curve = () => ({
  setup: JSON.parse(readFileSync(beside('setup-es256.json'))),
  handlerUrl: beside('bundle-es256/index.mjs'),
  issuer: keyIn('state/issuer-es256.pkcs8'),
});

/** Only for those who sign tokens: a contender knows public keys alone. */
export const issuerKey = () => ({ ...keyIn('state/issuer.pkcs8'), kid: setup.jwks.keys[0].kid });

function keyIn(file) {
  const key = createPrivateKey({ key: readFileSync(beside(file)), format: 'der', type: 'pkcs8' });
  return { key, pem: createPublicKey(key).export({ format: 'pem', type: 'spki' }) };
}
