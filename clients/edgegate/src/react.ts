import { createElement, type ImgHTMLAttributes, type ReactElement, useEffect, useState } from 'react';
import { hold } from './blobs.js';
import type { Client, ClientOptions } from './client.js';
import type { EdgegateError } from './errors.js';
import { createClient } from './index.js';
import { useEdgegate, useOneClient } from './react-context.js';

export { EdgegateProvider, useEdgegate } from './react-context.js';

/** A client for `EdgegateProvider`, which stays the same whatever Clerk's hooks hand out. */
export const useEdgegateClient = (options: ClientOptions): Client => useOneClient(createClient, options);

/** What an image component needs: `<img src={source?.uri}>`, or expo-image's `source`. */
export interface EdgegateSource {
  source: { uri: string; headers?: Record<string, string>; cacheKey?: string } | null;
  error: EdgegateError | null;
  /** For the component's `onError`: tries once more with a fresh token. */
  onError: () => void;
}

const nothing = (): void => undefined;
const EMPTY: EdgegateSource = { source: null, error: null, onError: nothing };

/**
 * The image at `path`. It is fetched once while any component shows it, and the source keeps its
 * identity however often tokens change. After a sign-out it is null.
 */
export function useEdgegateSource(path: string): EdgegateSource {
  const client = useEdgegate();
  const [held, setHeld] = useState<EdgegateSource & { path: string }>({ ...EMPTY, path });
  useEffect(() => {
    let live = true;
    const set = (part: Partial<EdgegateSource>): void => {
      if (live) setHeld({ ...EMPTY, ...part, path });
    };
    set({});
    const { uri, release } = hold(client, path);
    uri.then((it) => set({ source: { uri: it } }), (error) => set({ error }));
    const stop = client.onSignedOut(() => set({}));
    return () => {
      live = false;
      stop();
      release();
    };
  }, [client, path]);
  // Until the effect has run, the state is another path's.
  return held.path === path ? held : EMPTY;
}

export interface EdgegateImageProps extends Omit<ImgHTMLAttributes<HTMLImageElement>, 'src' | 'srcSet'> {
  path: string;
  /** Shown until the image is there, and when it cannot be shown. */
  fallback?: (error: EdgegateError | null) => ReactElement | null;
}

/** An `<img>` of a private image. */
export function EdgegateImage({ path, fallback, ...rest }: EdgegateImageProps): ReactElement | null {
  const { source, error } = useEdgegateSource(path);
  if (!source) return fallback?.(error) ?? null;
  return createElement('img', { ...rest, src: source.uri });
}
