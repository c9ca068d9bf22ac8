// Stands in for Expo's modules where they cannot run. It does what their sources do as far as it matters
// here: each new `source` object is a request with its headers, and uploads resolve for any status.
import { createElement, type ReactElement, useEffect, useState } from 'react';

export interface Sent { uri: string; url: string; options: Record<string, any> }
export interface Answer { status: number; headers: Record<string, string>; body: string }

/** What was asked of the modules, and what the next upload comes to. */
export const expo = {
  uploads: [] as Sent[],
  cleared: [] as string[],
  cancelled: 0,
  upload: async (_: Sent): Promise<Answer | null> => ({ status: 200, headers: { ETag: '"e1"' }, body: '' }),
};

const send = (sent: Sent): Promise<Answer | null> => {
  expo.uploads.push(sent);
  return expo.upload(sent);
};

// expo-file-system
export const UploadType = { BINARY_CONTENT: 0, MULTIPART: 1 };
export class File {
  constructor(readonly uri: string) {}
  arrayBuffer = async (): Promise<ArrayBuffer> => new TextEncoder().encode(`the bytes of ${this.uri}`).buffer;
  upload = (url: string, options: Sent['options']): Promise<Answer | null> => send({ uri: this.uri, url, options });
}

// expo-file-system/legacy
export const FileSystemUploadType = { BINARY_CONTENT: 0, MULTIPART: 1 };
export const FileSystemSessionType = { BACKGROUND: 0, FOREGROUND: 1 };
export const createUploadTask = (url: string, uri: string, options: Sent['options'], onProgress: (it: object) => void) => ({
  uploadAsync() {
    onProgress({ totalBytesSent: 1, totalBytesExpectedToSend: 2 });
    return send({ uri, url, options });
  },
  async cancelAsync() { expo.cancelled++; },
});

// expo-crypto
export const CryptoDigestAlgorithm = { SHA256: 'SHA-256' };
export const digest = (algorithm: string, data: BufferSource): Promise<ArrayBuffer> => crypto.subtle.digest(algorithm, data);
export const getRandomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

// expo-image
interface Props { className?: string; source: { uri: string; headers?: Record<string, string> } | null; onError?: (event: { error: string }) => void }

export function Image({ className, source, onError }: Props): ReactElement {
  const [shown, setShown] = useState<{ of: Props['source']; uri: string }>();
  useEffect(() => {
    if (!source) return;
    void fetch(source.uri, { headers: source.headers ?? {} }).then(async (answer) => {
      if (answer.ok) setShown({ of: source, uri: URL.createObjectURL(await answer.blob()) });
      else onError?.({ error: String(answer.status) });
    });
  }, [source]);
  return createElement('img', { className, src: shown?.of === source ? shown?.uri : undefined });
}
Image.clearMemoryCache = async (): Promise<boolean> => Boolean(expo.cleared.push('memory'));
Image.clearDiskCache = async (): Promise<boolean> => Boolean(expo.cleared.push('disk'));
