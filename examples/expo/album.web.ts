// SQLite in a browser needs headers that isolate the page from other origins; a list will do here.
const read = (): string[] => JSON.parse(localStorage.getItem('album') ?? '[]') as string[];

export const list = async (): Promise<string[]> => read();

export const add = async (path: string): Promise<void> => {
  localStorage.setItem('album', JSON.stringify([path, ...read()]));
};
