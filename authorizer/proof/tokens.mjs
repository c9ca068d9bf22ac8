// Session tokens as Clerk issues them.

import { sign } from 'node:crypto';

const encode = (json) => Buffer.from(json).toString('base64url');

export const header = (kid) => ({ alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid, typ: 'JWT' });

/** Version 2, with an organization; begun ten seconds early. `now` in seconds. */
export function claims({ issuer, authorizedParties }, user, now, lifetime) {
  return {
    azp: authorizedParties[0],
    exp: now + lifetime,
    fea: 'o:gallery,o:upload',
    fva: [3, -1],
    iat: now,
    iss: issuer,
    jti: `6f4b02a9c1d84e77b${user}`,
    nbf: now - 10,
    o: { fpm: '3,1', id: `org_2pXkQwErTyUiOpAsDfGhJk${user}`, per: 'read,manage', rol: 'admin', slg: 'lighthouse' },
    pla: 'o:pro',
    sid: `sess_2qLmNbVcXzAsDfGhJkQwEr${user}`,
    sts: 'active',
    sub: `user_2rPoIuYtReWqLkJhGfDsAz${user}`,
    v: 2,
  };
}

/** Header and claims are texts, so that they can be malformed. */
export function signToken(key, header, claims) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
}
