// Signatures that are almost right. Of RSA, made with the right key over almost the right block (RFC 8017 §9.2): what verifiers that
// parse the padding, instead of comparing it, have let pass.

import { constants, createHash, privateEncrypt } from 'node:crypto';

const LENGTH = 256;
const hex = (text) => Buffer.from(text, 'hex');
const SHA256 = '0609608648016503040201';
const SHA512 = '0609608648016503040203';
const sha256 = (input) => createHash('sha256').update(input).digest('hex');

const sequence = (content) => `30${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
const digestInfo = (hash, algorithm = `${SHA256}0500`) => sequence(`${sequence(algorithm)}04${(hash.length / 2).toString(16)}${hash}`);

/** 00 01 FF … FF 00, the structure, and what `garbage` adds behind it. */
function block(structure, { kind = '01', fill = 'ff', separator = '00', garbage = '', padding } = {}) {
  const room = LENGTH - 3 - (structure.length + garbage.length) / 2;
  return hex(`00${kind}${fill.repeat(padding ?? room)}${separator}${structure}${garbage}`.padEnd(2 * LENGTH, '5a'));
}

const BLOCKS = [
  (hash) => block(digestInfo(hash, SHA256)),
  (hash) => block(digestInfo(hash, `${SHA256}05810100`)),
  (hash) => block(digestInfo(hash, `${SHA512}0500`)),
  (hash) => block(digestInfo(hash, `${SHA256}0403616263`)),
  (hash) => block(`3081${digestInfo(hash).slice(2)}`),
  (hash) => block(`3080${digestInfo(hash).slice(4)}0000`),
  (hash) => block(digestInfo(hash), { garbage: 'deadbeef' }),
  (hash) => block(digestInfo(hash), { padding: 8 }),
  (hash) => block(digestInfo(hash), { padding: 0 }),
  (hash) => block(digestInfo(hash), { kind: '02' }),
  (hash) => block(digestInfo(hash), { kind: '00', fill: '00' }),
  (hash) => block(digestInfo(hash), { fill: 'fe' }),
  (hash) => block(digestInfo(hash), { separator: 'ff' }),
  (hash) => block(digestInfo(hash.replace(/..$/, ''))),
  (hash) => block(digestInfo(`${hash}00`)),
  (hash) => block(hash),
];

/** A signature with one of those blocks. */
export function forge(input, key, { pick }) {
  const bytes = pick(BLOCKS)(sha256(input));
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, bytes);
}

/** The order of P-256 (SEC 2 §2.4.2). */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

// Of the two numbers of a signature. The last is as good as the first: everybody accepts both.
const PAIRS = [
  (r) => [r, 0n],
  (r, s) => [0n, s],
  (r) => [r, ORDER],
  (r, s) => [ORDER, s],
  (r, s) => [s, r],
  (r, s) => [r + ORDER, s],
  (r, s) => [r, s + ORDER],
  (r, s) => [ORDER - r, s],
  (r) => [r, r],
  (r, s) => [r, ORDER - s],
];

/** Another one than that signature of a curve. */
export function forgeCurve(signature, { pick }) {
  const number = (bytes) => BigInt(`0x${bytes.toString('hex')}`);
  const pair = pick(PAIRS)(number(signature.subarray(0, 32)), number(signature.subarray(32)));
  return Buffer.concat(pair.map((it) => hex((it % 2n ** 256n).toString(16).padStart(64, '0'))));
}
