// The parts of Expo's modules that the native entries call. They stand in for the modules here, so
// that this package builds without 700 MB of Expo. `cargo xtask test --expo` checks the same sources
// against the real ones (examples/expo/tsconfig.native.json).

declare module 'expo-file-system' {
  export enum UploadType { BINARY_CONTENT, MULTIPART }
  export class File {
    constructor(uri: string);
    readonly type: string;
    arrayBuffer(): Promise<ArrayBuffer>;
    upload(url: string, options: {
      httpMethod: 'PUT';
      uploadType: UploadType;
      headers: Record<string, string>;
      mimeType?: string;
      sessionType: 'foreground' | 'background';
      signal?: AbortSignal;
      onProgress?: (progress: { bytesSent: number; totalBytes: number }) => void;
    }): Promise<{ status: number; headers: Record<string, string>; body: string }>;
  }
}

declare module 'expo-file-system/legacy' {
  export enum FileSystemUploadType { BINARY_CONTENT, MULTIPART }
  export enum FileSystemSessionType { BACKGROUND, FOREGROUND }
  export function createUploadTask(
    url: string,
    uri: string,
    options: {
      httpMethod: 'PUT';
      uploadType: FileSystemUploadType;
      sessionType: FileSystemSessionType;
      headers: Record<string, string>;
    },
    callback?: (progress: { totalBytesSent: number; totalBytesExpectedToSend: number }) => void,
  ): {
    uploadAsync(): Promise<{ status: number; headers: Record<string, string>; body: string } | undefined | null>;
    cancelAsync(): Promise<void>;
  };
}

declare module 'expo-crypto' {
  export enum CryptoDigestAlgorithm { SHA256 = 'SHA-256' }
  export function digest(algorithm: CryptoDigestAlgorithm, data: BufferSource): Promise<ArrayBuffer>;
  export function getRandomBytes(count: number): Uint8Array;
}

declare module 'expo-image' {
  import type { ComponentType } from 'react';
  export interface ImageProps { source?: unknown; onError?: (event: { error: string }) => void }
  export const Image: ComponentType<ImageProps> & {
    clearMemoryCache(): Promise<boolean>;
    clearDiskCache(): Promise<boolean>;
  };
}
