/** One segment in the only spelling that the edge accepts: upper-case escapes, plain where possible. */
const segment = (name: string): string => encodeURIComponent(name).replace(/%(24|26|2C|3A|3D|40)/g, (escaped) => decodeURIComponent(escaped));

const EXTENSION = /^[a-z0-9]{1,8}$/;

/** Whose image it is, or which folder it goes to, and how its name ends (`webp`, without a dot). */
export type Place = ({ userId: string } | { folder: string }) & { extension: string };

/** `bytes` random bytes from a source that nobody can guess. */
export type Random = (bytes: number) => Uint8Array;

/** Two lower-case digits for each byte. */
export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function inside(place: Place, name: string): string {
  const extension = place.extension.toLowerCase();
  if (!EXTENSION.test(extension)) throw new TypeError(`edgegate: not a file extension: ${place.extension}`);
  const folder = 'userId' in place ? ['users', place.userId] : place.folder.split('/').filter(Boolean);
  if (folder.some((part) => !part || /^\.+$|\.$/.test(part))) throw new TypeError('edgegate: not a folder');
  return `/${folder.map(segment).join('/')}/${name}.${extension}`;
}

/** A path that was never used before and that nobody can guess: 128 random bits. */
export const uniquePath = (random: Random, place: Place): string => inside(place, hex(random(16)));

/**
 * A path that says what is in the file: uploading the same bytes twice is one image.
 *
 * @param hash SHA-256 of the bytes, 64 hexadecimal digits; `contentHash` makes one.
 */
export function contentPath(hash: string, place: Place): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new TypeError('edgegate: not a SHA-256 in lower-case hexadecimal digits');
  return inside(place, `sha256/${hash}`);
}

/** Whether what is at this path can only be the same bytes. */
export const isContentPath = (path: string): boolean => /\/sha256\/[0-9a-f]{64}\.[a-z0-9]+$/.test(path);

const TYPES: Record<string, string> = { avif: 'image/avif', gif: 'image/gif', jpeg: 'image/jpeg', jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

/** The content type that a path's extension stands for. */
export const contentType = (path: string): string | undefined => TYPES[path.split('.').pop()?.toLowerCase() ?? ''];
