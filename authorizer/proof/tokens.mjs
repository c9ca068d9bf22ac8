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

export const curveHeader = (kid) => ({ alg: 'ES256', kid, typ: 'JWT' });

/** Tokens as Supabase issues them. */
export function curveClaims({ issuer, audience }, user, now, lifetime) {
  return {
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: now - 100 }],
    app_metadata: { provider: 'email', providers: ['email'] },
    aud: audience,
    email: `user${user}@example.com`,
    exp: now + lifetime,
    iat: now,
    is_anonymous: false,
    iss: issuer,
    phone: '',
    role: 'authenticated',
    session_id: `0d8a9d1e-6b0a-4d6e-9f5c${user}`,
    sub: `3f6e0c7a-1b2c-4d6e-9f5c${user}`,
    user_metadata: { name: 'Ada' },
  };
}

/** Header and claims are texts, so that they can be malformed. */
export function signToken(key, header, claims) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
}
