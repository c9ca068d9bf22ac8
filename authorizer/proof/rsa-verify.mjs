// Standard input: [{ "jwk": …, "message": base64url, "signature": base64url }, …]; standard output:
// whether each signature is good, by the very call that the handler makes.

import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const bytes = (text) => Buffer.from(text, 'base64url');
const isGood = ({ jwk: key, message, signature }) =>
  verify('RSA-SHA256', bytes(message), createPublicKey({ key, format: 'jwk' }), bytes(signature));

console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(isGood)));
