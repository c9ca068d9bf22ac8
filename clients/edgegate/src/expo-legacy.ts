import { createUploadTask, FileSystemSessionType, FileSystemUploadType } from 'expo-file-system/legacy';
import { aborted } from './errors.js';
import type { Transport } from './transport.js';

/** For Expo SDK 54 and 55, whose `File` cannot upload: `createClient({ …, transport: legacyTransport })`. */
export const legacyTransport: Transport = async ({ url, file, headers, signal, onProgress }) => {
  if (typeof file !== 'string') throw new TypeError('edgegate: pass the uri of the file, not a Blob');
  if (signal?.aborted) throw aborted();
  const options = {
    httpMethod: 'PUT' as const,
    uploadType: FileSystemUploadType.BINARY_CONTENT,
    sessionType: FileSystemSessionType.FOREGROUND,
    headers,
  };
  const task = createUploadTask(url, file, options, (it) => onProgress?.(it.totalBytesSent, it.totalBytesExpectedToSend));
  const cancel = (): void => void task.cancelAsync();
  signal?.addEventListener('abort', cancel);
  try {
    const answer = await task.uploadAsync();
    if (!answer) throw aborted();
    const etag = Object.entries(answer.headers).find(([name]) => name.toLowerCase() === 'etag');
    return { status: answer.status, etag: etag?.[1] ?? null, body: answer.body };
  } catch (error) {
    throw signal?.aborted ? aborted() : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
};
