// Which images there are: your primary database keeps that. Here it is SQLite, on the phone and in the
// browser. Its functions without `Async` would need a page that is isolated from other origins there.
import { openDatabaseAsync, type SQLiteDatabase } from 'expo-sqlite';

async function open(): Promise<SQLiteDatabase> {
  const database = await openDatabaseAsync('album.db');
  await database.execAsync('CREATE TABLE IF NOT EXISTS images (path TEXT PRIMARY KEY, added INTEGER NOT NULL)');
  return database;
}

let database: Promise<SQLiteDatabase> | undefined;
const opened = (): Promise<SQLiteDatabase> => (database ??= open());

export async function list(): Promise<string[]> {
  const rows = await (await opened()).getAllAsync<{ path: string }>('SELECT path FROM images ORDER BY added DESC');
  return rows.map(({ path }) => path);
}

export async function add(path: string): Promise<void> {
  await (await opened()).runAsync('INSERT OR IGNORE INTO images (path, added) VALUES (?, ?)', path, Date.now());
}
