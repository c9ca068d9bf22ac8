import { JwtVerifier } from 'aws-jwt-verify';
import { gate } from './gate.mjs';

const { issuer } = CONFIG;
const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/jwks.json`, graceSeconds: 5 });
verifier.cacheJwks(CONFIG.jwks);

export const handler = gate((token) => verifier.verifySync(token));
