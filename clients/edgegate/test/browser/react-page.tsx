// Bundled by react.test.mjs: three components, two of which show the same image.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../src/index.js';
import { EdgegateImage, EdgegateProvider, useEdgegateSource } from '../../src/react.js';

let held = '';
const getToken = async (options?: { skipCache?: boolean }): Promise<string> => (held = held && !options?.skipCache ? held : await (await fetch('/token')).text());
const client = createClient({ baseUrl: '/images', getToken, retries: 0 });
const sources = new Set<unknown>();

function Card({ path }: { path: string }) {
  const { source, error } = useEdgegateSource(path);
  if (source) sources.add(source);
  return <img className="card" alt={error?.code ?? ''} src={source?.uri} />;
}

function App() {
  const [count, setCount] = useState(0);
  const [shown, setShown] = useState(true);
  Object.assign(window, { rerender: () => setCount((it) => it + 1), setShown });
  return (
    <div data-count={count}>
      {shown && <Card path="/a.png" />}
      {shown && <EdgegateImage className="image" path="/a.png" alt="" fallback={() => <i>loading</i>} />}
      <EdgegateImage className="gone" path="/refused.png" alt="" fallback={(error) => <b>{error?.code}</b>} />
    </div>
  );
}

Object.assign(window, { client, sources, newToken: () => getToken({ skipCache: true }) });
createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <EdgegateProvider client={client}>
      <App />
    </EdgegateProvider>
  </StrictMode>,
);
