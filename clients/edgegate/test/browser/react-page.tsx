// Bundled by react.test.mjs: three components, two of which show the same image.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { EdgegateImage, EdgegateProvider, useEdgegateClient, useEdgegateSource } from '../../src/react.js';

let held = '';
const getToken = async (options?: { skipCache?: boolean }): Promise<string> => (held = held && !options?.skipCache ? held : await (await fetch('/token')).text());
const sources = new Set<unknown>();
const clients = new Set<unknown>();

function Card({ path }: { path: string }) {
  const { source, error } = useEdgegateSource(path);
  if (source) sources.add(source);
  return <img className="card" alt={error?.code ?? ''} src={source?.uri} />;
}

function App() {
  const [count, setCount] = useState(0);
  const [shown, setShown] = useState(true);
  // As with @clerk/expo, whose `getToken` is another function each time.
  const client = useEdgegateClient({ baseUrl: '/images', getToken: (how) => getToken(how), retries: 0 });
  clients.add(client);
  Object.assign(window, { client, rerender: () => setCount((it) => it + 1), setShown });
  return (
    <EdgegateProvider client={client}>
      <div data-count={count}>
        {shown && <Card path="/a.png" />}
        {shown && <EdgegateImage className="image" path="/a.png" alt="" fallback={() => <i>loading</i>} />}
        <EdgegateImage className="gone" path="/refused.png" alt="" fallback={(error) => <b>{error?.code}</b>} />
      </div>
    </EdgegateProvider>
  );
}

Object.assign(window, { clients, sources, newToken: () => getToken({ skipCache: true }) });
createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
