import { createLocalJWKSet, jwtVerify } from 'jose';
import { gate } from './gate.mjs';

const keys = createLocalJWKSet(CONFIG.jwks);
const options = { issuer: CONFIG.issuer, algorithms: ['RS256'], clockTolerance: 5 };

export const handler = gate(async (token) => (await jwtVerify(token, keys, options)).payload);
