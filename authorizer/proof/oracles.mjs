// The libraries that have to accept whatever the authorizer accepts, each configured for the same
// issuer, algorithm and leeway, and the few cases in which one of them has a rule of its own.

import { verifyToken } from '@clerk/backend';
import { JwtVerifier } from 'aws-jwt-verify';
import { createLocalJWKSet, jwtVerify } from 'jose';

export const LEEWAY = 5;

/** Name to a function that throws, or rejects, when a token is not acceptable. */
export function oracles({ issuer, authorizedParties, jwks }, pem) {
  const keySet = createLocalJWKSet(jwks);
  const claims = { issuer, algorithms: ['RS256'], clockTolerance: LEEWAY, requiredClaims: ['exp', 'iat', 'sid', 'sub'] };
  const aws = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/jwks.json`, graceSeconds: LEEWAY });
  aws.cacheJwks(jwks);
  const clerk = { jwtKey: pem, issuer, authorizedParties, clockSkewInMs: LEEWAY * 1000 };
  return {
    jose: (token) => jwtVerify(token, keySet, claims),
    'aws-jwt-verify': (token) => aws.verifySync(token),
    '@clerk/backend': (token) => verifyToken(token, clerk),
  };
}

/** The same for an issuer that signs with a curve, which Clerk's library does not know. */
export function curveOracles({ issuer, audience, jwks }) {
  const keySet = createLocalJWKSet(jwks);
  const claims = { issuer, audience, algorithms: ['ES256'], clockTolerance: LEEWAY, requiredClaims: ['exp', 'iat', 'sub'] };
  const aws = JwtVerifier.create({ issuer, audience, jwksUri: `${issuer}/jwks.json`, graceSeconds: LEEWAY });
  aws.cacheJwks(jwks);
  return { jose: (token) => jwtVerify(token, keySet, claims), 'aws-jwt-verify': (token) => aws.verifySync(token) };
}

const isOddText = (value) => value !== undefined && typeof value !== 'string';
const isOddAudience = (value) => isOddText(value) && !(Array.isArray(value) && value.every((item) => typeof item === 'string'));

// `now` is in seconds, `claims` as JSON.parse sees them.
const EXPLAINED = [
  ...['aws-jwt-verify', 'jose'].map((oracle) => ({
    oracle,
    why: 'it counts the fraction of a second in nbf, which the authorizer and Clerk drop: less than a second, at the far end of the leeway',
    applies: ({ claims, now }) => !Number.isInteger(claims.nbf) && Math.trunc(claims.nbf) <= now + LEEWAY && claims.nbf > Math.trunc(now) + LEEWAY,
  })),
  {
    oracle: 'aws-jwt-verify',
    why: 'it wants registered claims that a session token does not have, and nobody here reads, to have the type of RFC 7519',
    applies: ({ claims }) => isOddAudience(claims.aud) || isOddText(claims.jti) || isOddText(claims.scope),
  },
];

/** Why `oracle` may refuse a token that the authorizer accepts; undefined when it may not. */
export function explanation(oracle, claims, now) {
  return EXPLAINED.find((row) => row.oracle === oracle && row.applies({ claims, now }))?.why;
}
