import { createVerifier } from 'fast-jwt';
import { gate } from './gate.mjs';

const judge = createVerifier({
  key: CONFIG.pem, algorithms: ['RS256'], allowedIss: CONFIG.issuer, clockTolerance: 5000, cache: 1000,
});

export const handler = gate(judge);
