// Bundled by native.test.mjs: the native entries, on modules that stand in for Expo's.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { EdgegateImage, EdgegateProvider, useEdgegateClient, useEdgegateSource } from '../../src/react.native.js';
import { expo, Image } from '../stand-in/expo.js';

let held = '';
const asked: (string | undefined)[] = [];
const getToken = async (options?: { skipCache?: boolean }): Promise<string> => {
  asked.push(options?.skipCache ? 'fresh' : 'cached');
  return (held = held && !options?.skipCache ? held : await (await fetch('/token')).text());
};
const sources = new Set<unknown>();
const clients = new Set<unknown>();

function Card({ path }: { path: string }) {
  const { source, error, onError } = useEdgegateSource(path);
  if (source) sources.add(source);
  return error ? <b className="card">{error.code}</b> : <Image className="card" source={source} onError={onError} />;
}

function App() {
  const [count, setCount] = useState(0);
  const [path, setPath] = useState<string | null>(null);
  // As with @clerk/expo, whose `getToken` is another function each time.
  const client = useEdgegateClient({ baseUrl: '/images', getToken: (how) => getToken(how), retries: 0 });
  clients.add(client);
  Object.assign(window, { client, rerender: () => setCount((it) => it + 1), setPath });
  return (
    <EdgegateProvider client={client}>
      <div data-count={count} data-path={path}>
        {path && <Card path={path} />}
        {path && <EdgegateImage {...{ className: 'image' }} path="/other.png" fallback={(error) => <i>{error?.code ?? 'loading'}</i>} />}
      </div>
    </EdgegateProvider>
  );
}

Object.assign(window, { clients, sources, asked, expo, newToken: () => getToken({ skipCache: true }) });
createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
