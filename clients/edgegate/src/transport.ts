import { aborted } from './errors.js';

/** Bytes that can be sent again: a stream could not. A string is a URI: `file:`, `blob:`, `data:`. */
export type Upload = Blob | string;

export interface UploadRequest {
  url: string;
  file: Upload;
  headers: Record<string, string>;
  signal?: AbortSignal | undefined;
  onProgress?: ((sent: number, total: number) => void) | undefined;
}

export interface UploadResponse {
  status: number;
  etag: string | null;
  body: string;
}

/** Sends one PUT. Rejects when there was no answer. */
export type Transport = (request: UploadRequest) => Promise<UploadResponse>;

/** XMLHttpRequest, because it alone tells the progress of an upload in every browser. */
export const transport: Transport = async ({ url, file, headers, signal, onProgress }) => {
  const body = typeof file === 'string' ? await (await fetch(file)).blob() : file;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal?.addEventListener('abort', abort);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onProgress) request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onload = () => resolve({ status: request.status, etag: request.getResponseHeader('etag'), body: request.responseText });
    request.onerror = () => reject(new TypeError('network error'));
    request.onabort = () => reject(aborted());
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    request.send(body);
  });
};
