import { File, UploadType } from 'expo-file-system';
import { aborted } from './errors.js';
import type { Transport } from './transport.js';

const header = (headers: Record<string, string>, wanted: string): string | null =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;

/** `File.upload` of Expo SDK 56 and later, which streams the file from the disk. */
export const transport: Transport = async ({ url, file, headers, signal, onProgress }) => {
  if (typeof file !== 'string') throw new TypeError('edgegate: pass the uri of the file, not a Blob');
  try {
    const answer = await new File(file).upload(url, {
      httpMethod: 'PUT',
      uploadType: UploadType.BINARY_CONTENT,
      // iOS's default may start the upload long after the token in the headers has expired.
      sessionType: 'foreground',
      headers,
      ...(headers['Content-Type'] && { mimeType: headers['Content-Type'] }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress: ({ bytesSent, totalBytes }) => onProgress(bytesSent, totalBytes) }),
    });
    return { status: answer.status, etag: header(answer.headers, 'etag'), body: answer.body };
  } catch (error) {
    throw signal?.aborted ? aborted() : error;
  }
};
