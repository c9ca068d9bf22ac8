import { hex } from './paths.js';
import type { Upload } from './transport.js';

/** SHA-256 of a file, or of what a URI leads to: 64 hexadecimal digits. Browsers have it in secure contexts. */
export async function contentHash(file: Upload): Promise<string> {
  const bytes = await (typeof file === 'string' ? await fetch(file) : file).arrayBuffer();
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
