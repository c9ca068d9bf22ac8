// The least that JavaScript can do: OpenSSL with a key that is parsed once, JSON.parse, five checks.

import { createPublicKey, verify } from 'node:crypto';
import { gate } from './gate.mjs';

const keys = new Map(CONFIG.jwks.keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

function judge(token) {
  const [head, body, signature] = token.split('.');
  const { alg, kid } = decode(head);
  if (alg !== 'RS256') throw new Error('alg');
  const signed = Buffer.from(token.slice(0, head.length + 1 + body.length));
  if (!verify('RSA-SHA256', signed, keys.get(kid), Buffer.from(signature, 'base64url'))) throw new Error('signature');
  const claims = decode(body);
  const now = Date.now() / 1000;
  if (!(claims.exp > now - 5 && claims.nbf <= now + 5 && claims.iss === CONFIG.issuer)) throw new Error('claims');
  return claims;
}

export const handler = gate(judge);
