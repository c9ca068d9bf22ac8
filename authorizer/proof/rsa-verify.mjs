// Standard input: [{ "jwk": …, "message": base64url, "signature": base64url }, …]; standard output:
// whether each signature is good, by the very call that the handler makes.

import { createPublicKey, createVerify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const bytes = (text) => Buffer.from(text, 'base64url');
const isGood = ({ jwk: key, message, signature }) =>
  createVerify('RSA-SHA256').update(bytes(message)).verify(createPublicKey({ key, format: 'jwk' }), bytes(signature));

console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(isGood)));
