import { CryptoDigestAlgorithm, digest } from 'expo-crypto';
import { File } from 'expo-file-system';
import { hex } from './paths.js';
import type { Upload } from './transport.js';

/** SHA-256 of a file, or of what a URI leads to: 64 hexadecimal digits. Hermes has no `crypto.subtle`. */
export async function contentHash(file: Upload): Promise<string> {
  const bytes = await (typeof file === 'string' ? new File(file) : file).arrayBuffer();
  return hex(new Uint8Array(await digest(CryptoDigestAlgorithm.SHA256, bytes)));
}
