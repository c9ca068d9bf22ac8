// As much of Clerk's Frontend API as the real clerk-js needs to be signed in, for the local cloud.
// Sessions are signed with the local issuer's key, which the local edge trusts in Clerk's place.
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const YEAR = 365 * 86400 * 1000;
const USERS = { user_ada: 'Ada', user_grace: 'Grace' };
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** `options.lifetime` may be changed at any time: seconds that a token lives, 60 at Clerk. */
export function localClerk({ state, issuer, options }) {
  const key = createPrivateKey({ key: readFileSync(join(state, 'issuer.pkcs8')), format: 'der', type: 'pkcs8' });
  const der = createPublicKey(key).export({ format: 'der', type: 'pkcs1' });
  const kid = `ins_${createHash('sha256').update(der).digest('hex').slice(0, 20)}`;

  function mint(user, azp) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { azp, exp: now + options.lifetime, fva: [0, -1], iat: Math.min(now, now + options.lifetime - 60), iss: issuer, jti: randomUUID(), nbf: now - 70, sid: `sess_${user}`, sts: 'active', sub: user, v: 2 };
    const signed = `${encode({ alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid, typ: 'JWT' })}.${encode(claims)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
  }

  /** Answers a request to the Frontend API: a status, a body, and perhaps a cookie. */
  return function answer(method, path, user, origin) {
    if (path === '/v1/environment') return { body: environment(origin) };
    if ((path === '/v1/client' || path === '/v1/client/sessions') && method === 'DELETE') return { body: { response: client(null) }, cookie: '' };
    if (path === '/v1/client') return { body: { response: client(user, () => mint(user, origin)) } };
    if (!user) return { status: 401, body: { errors: [{ code: 'authentication_invalid', message: 'signed out' }] } };
    if (path.endsWith('/tokens')) return { body: { object: 'token', jwt: mint(user, origin) } };
    if (path.endsWith('/touch')) return { body: { response: session(user, mint(user, origin)), client: client(user, () => mint(user, origin)) } };
    if (path.endsWith('/remove')) return { body: { response: session(user, mint(user, origin)), client: client(null) }, cookie: '' };
    return { status: 404, body: { errors: [{ code: 'resource_not_found', message: path }] } };
  };
}

export const isUser = (user) => Object.hasOwn(USERS, user);

function client(user, mint) {
  const now = Date.now();
  return {
    object: 'client', id: 'client_local', sign_in: null, sign_up: null, cookie_expires_at: now + YEAR, created_at: now, updated_at: now,
    last_active_session_id: user ? `sess_${user}` : null,
    sessions: user ? [session(user, mint())] : [],
  };
}

function session(user, jwt) {
  const now = Date.now();
  return {
    object: 'session', id: `sess_${user}`, status: 'active', expire_at: now + YEAR, abandon_at: now + YEAR, last_active_at: now,
    last_active_organization_id: null, actor: null, tasks: null, factor_verification_age: [0, -1], created_at: now, updated_at: now,
    user: person(user), public_user_data: { user_id: user, identifier: `${user}@example.com`, first_name: USERS[user] },
    last_active_token: { object: 'token', jwt },
  };
}

function person(user) {
  const none = ['email_addresses', 'phone_numbers', 'web3_wallets', 'external_accounts', 'enterprise_accounts', 'passkeys', 'saml_accounts', 'organization_memberships'];
  return { object: 'user', id: user, first_name: USERS[user], last_name: null, has_image: false, image_url: '', public_metadata: {}, unsafe_metadata: {}, created_at: 0, updated_at: 0, ...Object.fromEntries(none.map((name) => [name, []])) };
}

function environment(origin) {
  return {
    object: 'environment', id: 'env_local', maintenance_mode: false, client_debug_mode: false,
    auth_config: { object: 'auth_config', id: 'ac_local', single_session_mode: true, reverification: false, claimed_at: null },
    display_config: { object: 'display_config', id: 'dc_local', application_name: 'edgegate', instance_environment_type: 'production', home_url: origin, sign_in_url: '/', sign_up_url: '/', branded: false, theme: {}, preferred_sign_in_strategy: 'password', captcha_public_key: null },
    user_settings: { attributes: {}, social: {}, actions: { delete_self: false, create_organization: false }, sign_in: { second_factor: { required: false } }, sign_up: { captcha_enabled: false, mode: 'public', progressive: true, custom_action_required: false, legal_consent_enabled: false }, password_settings: {}, passkey_settings: {}, username_settings: {}, saml: { enabled: false }, enterprise_sso: { enabled: false } },
    organization_settings: { enabled: false, domains: { enabled: false, enrollment_modes: [] }, max_allowed_memberships: 5, actions: {} },
    commerce_settings: { billing: {} },
    api_keys_settings: { enabled: false },
  };
}
