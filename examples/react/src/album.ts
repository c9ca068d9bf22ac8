// Which images there are is the app's own business: here a list in the browser, else its database.
const KEY = 'album';

export const list = (): string[] => JSON.parse(localStorage.getItem(KEY) ?? '[]') as string[];

export const add = (path: string): void => localStorage.setItem(KEY, JSON.stringify([path, ...list()]));
