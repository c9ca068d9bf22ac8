import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { Client } from './client.js';

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
