// Hostile tokens: what an attacker, or a careless issuer, could write before and after signing.

import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { forge, forgeCurve } from './forge.mjs';
import { claims, curveClaims, curveHeader, header } from './tokens.mjs';

const NAMES = ['azp', 'exp', 'iat', 'iss', 'nbf', 'sid', 'sts', 'sub', 'v', 'o', 'aud', 'jti', 'scope', 'act', 'cnf', 'client_id', 'is_anonymous'];
const HEADER_NAMES = ['alg', 'b64', 'cat', 'crit', 'cty', 'jku', 'jwk', 'kid', 'typ', 'x5c', 'x5u', 'zip'];
// As JSON texts, since some of them are none.
const VALUES = [
  'null', 'true', '0', '-1', '-0', '1e300', '1e400', '1.5', '01', 'NaN', '""', '"x"', '[]', '["x"]', '{}',
  '{"a":{"a":1}}', '{"a":1,"a":2}', '"\\ud800"', '"\\u0000"', '"\\x41"', '"a\tb"', '9007199254740993', '18446744073709551616',
  '[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]', '"mch_1"', '"user_1"', '"pending"', '"active"', '"sess_1"', '1', '2', '"2"',
];
const HEADER_VALUES = {
  alg: ['"RS256"', '"none"', '"NONE"', '"rs256"', '"HS256"', '"RS384"', '"RS512"', '"PS256"', '"ES256"', '["RS256"]', '"RS25\\u0036"'],
  cat: ['"cl_B7d4PD222AAA"', '"cl_B7d4PD333AAA"', '"cl_I7d4PD111III"', '7'],
  crit: ['[]', '["exp"]', '["b64"]', '"exp"'],
  b64: ['true', 'false'],
  kid: ['""', '"ins_other"', '"../../dev/null"', '"__proto__"', '"constructor"', '0'],
  typ: ['"JWT"', '"jwt"', '"at+jwt"', '"application/jwt"', '"JOSE"', '"jw\\u0054"'],
};
const KEY_SPELLINGS = ['\\u0065xp', 's\\u0075b', '__proto__', 'constructor', 'toString', 'EXP', 'exp ', 'sub\\u0000', '\\ud800'];
const FOREIGN = '=.-_ \n\t\r\0+/,;%"é\u2028AQgw';

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const curveStranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const members = (object) => Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]);
const set = (list, name, value) => {
  const member = list.find(([known]) => known === name);
  if (member) member[1] = value;
  else list.push([name, value]);
};

// Each changes the members of an object, names and values as JSON texts.
const CHANGES = [
  (list, { pick }, names) => set(list, pick(names), pick(VALUES)),
  (list, { below }) => list.splice(below(list.length), 1),
  (list, { pick }) => list.push([pick(list.length > 0 ? list : [['a']])[0], pick(VALUES)]),
  (list, { pick }) => list.push([pick(KEY_SPELLINGS), pick(VALUES)]),
  (list, { pick, below }) => list.splice(below(list.length), 0, [pick(KEY_SPELLINGS), pick(VALUES)]),
  (list, { below }) => list.push(...Array.from({ length: below(200) }, (_, index) => [`x${index}`, '0'])),
];

const DATES = [
  (now, { below }) => [['exp', String(now + below(20) - 10)]],
  (now, { below }) => [['nbf', String(now + below(20) - 10)]],
  (now, { below }) => [['iat', String(now + below(20) - 10)]],
  (now, { below }) => [['exp', `${now + below(20) - 10}.${below(1000)}`]],
  (now, { below }) => [['nbf', `${now + below(20) - 10}.${below(1000)}`]],
  (now, { below }) => [['iat', `${now + below(20) - 10}.${below(1000)}`]],
  (now, { below }) => [['exp', `${now + below(100)}e${below(3)}`]],
  (now, { below }) => [['exp', `${(now + below(100)) / 1e9}E+9`]],
  (now, { below }) => [['exp', `${now + below(100)}0e-1`], ['nbf', `${now - below(9)}00E-2`]],
  (now, { below }) => [['exp', String(now + below(8000))]],
  (now) => [['exp', String((now + 60) * 1000)]],
];

// Each changes the text of a whole object.
const TEXTS = [
  (text) => `\ufeff${text}`, (text) => `${text}\0`, (text) => `${text}}`, (text) => `[${text}]`, (text) => ` ${text}\n`,
  (text) => text.replace(/,/, ',,'), (text) => text.replace(/}$/, ',}'), (text) => text.replace(/"/g, "'"),
  (text) => text.replace(/:/g, ' :\t'), (text) => text.replace(/"([a-z])/, (_, letter) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
  (text) => `${text} // x`, (text) => text.slice(0, -1), (text) => JSON.stringify(text), () => '', () => 'null',
];

function object(list, rng) {
  const text = `{${list.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
  return rng.chance(0.06) ? rng.pick(TEXTS)(text) : text;
}

function changeHeader(list, rng) {
  const name = rng.pick(HEADER_NAMES);
  if (rng.chance(0.6)) set(list, name, rng.pick(HEADER_VALUES[name] ?? VALUES));
  else rng.pick(CHANGES)(list, rng, HEADER_NAMES);
}

function changeClaims(list, rng, now) {
  if (rng.chance(0.5)) for (const [name, value] of rng.pick(DATES)(now, rng)) set(list, name, value);
  else rng.pick(CHANGES)(list, rng, NAMES);
}

// Signatures by the right key and algorithm are the rule: all others are refused for one reason.
function signatureOf(input, { key, pem }, rng) {
  if (rng.chance(0.92)) return sign('RSA-SHA256', input, key);
  return rng.pick([
    () => forge(input, key, rng),
    () => forge(input, key, rng),
    () => forge(input, key, rng),
    () => sign('RSA-SHA256', input, stranger),
    () => sign('RSA-SHA512', input, key),
    () => sign('RSA-SHA1', input, key),
    () => sign('RSA-SHA256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING }),
    () => createHmac('sha256', pem).update(input).digest(),
    () => Buffer.alloc(0),
    () => Buffer.alloc(256),
    () => Buffer.alloc(256, 0xff),
  ])();
}

// The same of a curve, whose signatures are two numbers below its order.
function curveSignatureOf(input, { key }, rng) {
  const sound = () => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
  if (rng.chance(0.9)) return sound();
  return rng.pick([
    () => forgeCurve(sound(), rng),
    () => forgeCurve(sound(), rng),
    () => sign('sha256', input, key),
    () => sign('sha256', input, { key: curveStranger, dsaEncoding: 'ieee-p1363' }),
    () => sign('sha512', input, { key, dsaEncoding: 'ieee-p1363' }),
    () => sign('RSA-SHA256', input, stranger),
    () => Buffer.alloc(0),
    () => Buffer.alloc(64),
    () => Buffer.alloc(64, 0xff),
  ])();
}

const KINDS = {
  clerk: { header, claims, signatureOf },
  supabase: { header: curveHeader, claims: curveClaims, signatureOf: curveSignatureOf },
};

/** A token around `now` (seconds) with at most three changes made before it was signed. */
export function hostileToken(kind, setup, issuer, rng, now) {
  const { header, claims, signatureOf } = KINDS[kind];
  const head = members(header(issuer.kid));
  const body = members(claims(setup, `_${rng.below(1000)}`, now, rng.pick([60, 60, 300])));
  for (let changes = rng.pick([0, 0, 1, 1, 1, 2, 3]); changes > 0; changes--) {
    if (rng.chance(0.35)) changeHeader(head, rng);
    else changeClaims(body, rng, now);
  }
  const [first, second] = [object(head, rng), object(body, rng)].map((text) => Buffer.from(text).toString('base64url'));
  const input = `${first}.${second}`;
  return `${input}.${signatureOf(Buffer.from(input), issuer, rng).toString('base64url')}`;
}

/** The same residue with a larger number: no verifier may reduce it (RFC 8017 §5.2.2). */
function unreduced(signature, modulus) {
  const number = (bytes) => BigInt(`0x${bytes.toString('hex') || '0'}`);
  const sum = (number(signature) + number(modulus)).toString(16);
  return Buffer.from(sum.padStart(sum.length + (sum.length % 2), '0'), 'hex');
}

// Each changes the text of a signed token.
const BLOWS = [
  (token, { below, pick }) => replace(token, below(token.length), 1, pick(FOREIGN)),
  (token, { below, pick }) => replace(token, below(token.length), 0, pick(FOREIGN)),
  (token, { below }) => replace(token, below(token.length), 1, ''),
  (token, { below }) => token.slice(0, below(token.length)),
  (token, { pick }) => `${token}${pick(FOREIGN)}`,
  (token, { pick }) => token.split('.').map((part) => part + pick(['', '=', '=='])).join('.'),
  (token, { pick }) => lastBits(token, pick([0, 1, 2])),
  (token, { pick }) => `${token}.${pick(token.split('.'))}`,
  (token) => token.split('.').reverse().join('.'),
  (token) => token.replaceAll('-', '+').replaceAll('_', '/'),
  (token, { below }) => replace(token, below(token.length), 4, '....'),
  (token, rng, modulus) => withSignature(token, (bytes) => unreduced(bytes, modulus)),
  (token) => withSignature(token, (bytes) => Buffer.concat([Buffer.alloc(1), bytes])),
  (token) => withSignature(token, (bytes) => bytes.subarray(0, -1)),
  (token, { below }) => withSignature(token, (bytes) => Buffer.from(bytes.with(below(bytes.length), 7))),
  (token, rng, modulus) => withSignature(token, () => modulus),
];

const replace = (text, at, length, by) => text.slice(0, at) + by + text.slice(at + length);

function withSignature(token, change) {
  const at = token.lastIndexOf('.') + 1;
  const bytes = Buffer.from(token.slice(at), 'base64url');
  return bytes.length === 0 ? token : token.slice(0, at) + change(bytes).toString('base64url');
}

/** The next letter in the base64 alphabet at a part's end: often the same bytes, spelled differently. */
function lastBits(token, index) {
  const parts = token.split('.');
  const part = parts[index] ?? '';
  const next = part.endsWith('z') ? '0' : String.fromCharCode(part.charCodeAt(part.length - 1) + 1);
  parts[index] = part.slice(0, -1) + next;
  return parts.join('.');
}

/** A token after it was signed: mostly as it is, so that what is inside is judged. */
export function strike(token, rng, modulus) {
  return rng.chance(0.6) ? token : rng.pick(BLOWS)(token, rng, modulus);
}
