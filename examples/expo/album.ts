// Which images there are: your primary database keeps that. Here it is SQLite on the phone.
import { openDatabaseSync } from 'expo-sqlite';

const database = openDatabaseSync('album.db');
database.execSync('CREATE TABLE IF NOT EXISTS images (path TEXT PRIMARY KEY, added INTEGER NOT NULL)');

export const list = async (): Promise<string[]> => {
  const rows = await database.getAllAsync<{ path: string }>('SELECT path FROM images ORDER BY added DESC');
  return rows.map(({ path }) => path);
};

export const add = async (path: string): Promise<void> => {
  await database.runAsync('INSERT OR IGNORE INTO images (path, added) VALUES (?, ?)', path, Date.now());
};
