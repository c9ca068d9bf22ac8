import { createContext, createElement, type ReactElement, type ReactNode, useContext, useInsertionEffect, useMemo, useRef } from 'react';
import type { Client, ClientOptions } from './client.js';

const Context = createContext<Client | null>(null);

/** Gives the client to the hooks below it. */
export function EdgegateProvider({ client, children }: { client: Client; children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the nearest provider. */
export function useEdgegate(): Client {
  const client = useContext(Context);
  if (!client) throw new Error('edgegate: there is no <EdgegateProvider> above this component');
  return client;
}

/**
 * One client for as long as the component lives and `baseUrl` is the same. `getToken` and `onSignOut` may
 * be other functions with each render, as those of `@clerk/expo` are: a client that was made anew with
 * each token would fetch every image again.
 */
export function useOneClient(create: (options: ClientOptions) => Client, options: ClientOptions): Client {
  const latest = useRef(options);
  useInsertionEffect(() => {
    latest.current = options;
  });
  return useMemo(
    () => create({ ...latest.current, getToken: (how) => latest.current.getToken(how), onSignOut: () => latest.current.onSignOut?.() }),
    [create, options.baseUrl],
  );
}
