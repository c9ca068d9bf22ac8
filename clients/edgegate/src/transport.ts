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

/** Milliseconds without a byte sent or an answer after which a connection counts as lost. */
const SILENCE = 60_000;

/** XMLHttpRequest, because it alone tells the progress of an upload in every browser. */
export const transport: Transport = async ({ url, file, headers, signal, onProgress }) => {
  const body = typeof file === 'string' ? await (await fetch(file)).blob() : file;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let silence: ReturnType<typeof setTimeout> | undefined;
    // A network that is gone without a word, as after a walk out of the house, ends no request for minutes.
    const alive = (): void => {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE);
    };
    signal?.addEventListener('abort', abort);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      onProgress?.(loaded, total);
    };
    request.onload = () => resolve({ status: request.status, etag: request.getResponseHeader('etag'), body: request.responseText });
    request.onerror = () => reject(new TypeError('network error'));
    request.onabort = () => reject(signal?.aborted ? aborted() : new TypeError('no answer'));
    request.onloadend = () => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', abort);
    };
    alive();
    request.send(body);
  });
};
