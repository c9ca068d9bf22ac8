// Standard input: what authorizer/rsa/examples/powers.rs writes. Ends with 1 when OpenSSL finds another
// power than the authorizer's own arithmetic.

import { constants, createPublicKey, publicEncrypt } from 'node:crypto';

let held = Buffer.alloc(0);
let cases = 0;
let wrong = 0;

function judge(modulus, numbers) {
  const key = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
  const { length } = modulus;
  for (let at = 0; at < numbers.length; at += 2 * length) {
    const base = numbers.subarray(at, at + length);
    const power = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, base);
    cases += 1;
    if (power.equals(numbers.subarray(at + length, at + 2 * length))) continue;
    wrong += 1;
    if (wrong <= 5) console.log(`modulus ${modulus.toString('hex')}\nbase ${base.toString('hex')}\nOpenSSL finds ${power.toString('hex')}`);
  }
}

for await (const chunk of process.stdin) {
  held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
  while (held.length >= 4) {
    const length = held.readUInt16BE(0);
    const end = 4 + length + held.readUInt16BE(2) * 2 * length;
    if (held.length < end) break;
    judge(held.subarray(4, 4 + length), held.subarray(4 + length, end));
    held = held.subarray(end);
  }
}
if (held.length > 0 || cases === 0) throw new Error('the cases end early');
console.log(`${cases} powers beside OpenSSL's, disagreements: ${wrong}`);
process.exitCode = wrong > 0 ? 1 : 0;
