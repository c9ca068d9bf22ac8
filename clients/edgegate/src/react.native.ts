import { Image, type ImageProps } from 'expo-image';
import { createElement, type ReactElement, useCallback, useEffect, useState } from 'react';
import type { Client, ClientOptions, Source } from './client.js';
import { EdgegateError } from './errors.js';
import { createClient } from './index.native.js';
import type { EdgegateSource } from './react.js';
import { useEdgegate, useOneClient } from './react-context.js';

export { EdgegateProvider, useEdgegate } from './react-context.js';
export type { EdgegateSource } from './react.js';

/** A client for `EdgegateProvider`, which stays the same whatever Clerk's hooks hand out. */
export const useEdgegateClient = (options: ClientOptions): Client => useOneClient(createClient, options);

interface Held {
  path: string;
  source: Source | null;
  error: EdgegateError | null;
}

/**
 * The image at `path`, for expo-image. The token is taken once per mounted image: on Android a new
 * header is a new model for Glide, which draws the image again. An image that fails is tried once
 * more with a fresh token, then it is an error.
 */
export function useEdgegateSource(path: string): EdgegateSource {
  const client = useEdgegate();
  const [failed, setFailed] = useState<{ path: string; source: Source } | null>(null);
  const [held, setHeld] = useState<Held>({ path, source: null, error: null });
  const refused = failed?.path === path ? failed.source : undefined;
  useEffect(() => {
    let live = true;
    const set = (source: Source | null, error: EdgegateError | null = null): void => {
      if (live) setHeld({ path, source, error });
    };
    client.source(path, refused).then(set, (error) => set(null, error));
    const stop = client.onSignedOut(() => set(null));
    return () => {
      live = false;
      stop();
    };
  }, [client, path, refused]);
  const { source, error } = held.path === path ? held : { source: null, error: null };
  const onError = useCallback(() => {
    if (source && !refused) setFailed({ path, source });
    else if (source) setHeld({ path, source: null, error: new EdgegateError('unexpected', 'the image cannot be shown') });
  }, [path, source, refused]);
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
