import { verifyToken } from '@clerk/backend';
import { gate } from './gate.mjs';

const options = { jwtKey: CONFIG.pem, issuer: CONFIG.issuer, authorizedParties: CONFIG.authorizedParties };

export const handler = gate((token) => verifyToken(token, options));
