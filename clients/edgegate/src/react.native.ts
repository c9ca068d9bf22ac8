import { Image, type ImageProps } from 'expo-image';
import { createElement, type ReactElement, useCallback, useEffect, useState } from 'react';
import { EdgegateError } from './errors.js';
import type { EdgegateSource } from './react.js';
import { useEdgegate } from './react-context.js';

export { EdgegateProvider, useEdgegate } from './react-context.js';
export type { EdgegateSource } from './react.js';

type Held = Pick<EdgegateSource, 'source' | 'error'> & { path: string };

/**
 * The image at `path`, for expo-image. The token is taken once per mounted image: on Android a new
 * header is a new model for Glide, which draws the image again. One failure is tried again.
 */
export function useEdgegateSource(path: string): EdgegateSource {
  const client = useEdgegate();
  const [tries, setTries] = useState(0);
  const [held, setHeld] = useState<Held>({ source: null, error: null, path });
  useEffect(() => {
    let live = true;
    const set = (next: Omit<Held, 'path'>): void => {
      if (live) setHeld({ ...next, path });
    };
    client.source(path).then((source) => set({ source, error: null }), (error) => set({ source: null, error }));
    const stop = client.onSignedOut(() => set({ source: null, error: null }));
    return () => {
      live = false;
      stop();
    };
  }, [client, path, tries]);
  const onError = useCallback(() => setTries((count) => Math.min(1, count + 1)), []);
  const { source, error } = held.path === path ? held : { source: null, error: null };
  return { source, error, onError };
}

export interface EdgegateImageProps extends Omit<ImageProps, 'source'> {
  path: string;
  /** Shown until the image is there, and when it cannot be shown. */
  fallback?: (error: EdgegateError | null) => ReactElement | null;
}

/** expo-image's `Image` of a private image. */
export function EdgegateImage({ path, fallback, onError, ...rest }: EdgegateImageProps): ReactElement | null {
  const { source, error, onError: retry } = useEdgegateSource(path);
  if (!source) return fallback?.(error) ?? null;
  const failed: NonNullable<ImageProps['onError']> = (event) => {
    retry();
    onError?.(event);
  };
  return createElement(Image, { ...rest, source, onError: failed });
}
