// Ours with the module that checks signatures itself: node:crypto is never loaded, and would say no.

const load = process.getBuiltinModule;
const none = { createPublicKey: () => undefined, verify: () => false, hash: () => '' };
process.getBuiltinModule = (name) => (name === 'node:crypto' ? none : load(name));

process.env.LAMBDA_TASK_ROOT += '/../bundle-rsa';
export const { handler } = await import('../bundle-rsa/index.mjs');
