import type { Client } from './client.js';

interface Entry {
  users: number;
  uri: Promise<string>;
  controller: AbortController;
}

/** Images of one client that are on the page: fetched once, revoked with their last user. */
const shelves = new WeakMap<Client, Map<string, Entry>>();

function shelf(client: Client): Map<string, Entry> {
  let entries = shelves.get(client);
  if (!entries) {
    shelves.set(client, (entries = new Map()));
    client.onSignedOut(() => {
      for (const entry of entries?.values() ?? []) drop(entry);
      entries?.clear();
    });
  }
  return entries;
}

function drop({ controller, uri }: Entry): void {
  controller.abort();
  uri.then((it) => URL.revokeObjectURL(it), () => undefined);
}

/** The image as an object URL, and what gives it back. */
export function hold(client: Client, path: string): { uri: Promise<string>; release: () => void } {
  const entries = shelf(client);
  const entry = entries.get(path) ?? load(client, path);
  entries.set(path, entry);
  entry.users++;
  // A failure is not kept: the next component tries again.
  entry.uri.catch(() => entries.get(path) === entry && entries.delete(path));
  const release = (): void => {
    if (--entry.users > 0) return;
    if (entries.get(path) === entry) entries.delete(path);
    drop(entry);
  };
  return { uri: entry.uri, release };
}

function load(client: Client, path: string): Entry {
  const controller = new AbortController();
  const { signal } = controller;
  const uri = client
    .fetchImage(path, { signal })
    .then((answer) => answer.blob())
    .then((blob) => {
      signal.throwIfAborted();
      return URL.createObjectURL(blob);
    });
  return { users: 0, uri, controller };
}
