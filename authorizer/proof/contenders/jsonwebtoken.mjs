import { createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { gate } from './gate.mjs';

const key = createPublicKey(CONFIG.pem);
const options = { algorithms: ['RS256'], issuer: CONFIG.issuer, clockTolerance: 5 };

export const handler = gate((token) => jsonwebtoken.verify(token, key, options));
