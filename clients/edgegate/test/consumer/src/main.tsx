// An app that uses all of the package; it only has to compile.
import { contentHash, contentPath, createClient, EdgegateError, type ErrorCode, imagePath } from 'edgegate';
import { EdgegateImage, EdgegateProvider, useEdgegateClient, useEdgegateSource } from 'edgegate/react';
import { registerImageWorker } from 'edgegate/worker';
import { createRoot } from 'react-dom/client';

declare const session: { getToken(options?: { skipCache?: boolean }): Promise<string | null> };

const getToken = (options?: { skipCache?: boolean }) => session.getToken(options);
const worker = await registerImageWorker({ baseUrl: '/images', getToken });
const client = createClient({ baseUrl: '/images', getToken, onSignOut: () => worker.clear() });

function say(code: ErrorCode): string {
  switch (code) {
    case 'upload-too-large':
      return 'That image is too large.';
    case 'offline':
      return 'You are offline.';
    default:
      return code;
  }
}

export async function upload(file: File): Promise<string> {
  const extension = file.name.split('.').pop() ?? 'jpg';
  const unique = imagePath({ userId: 'user_1', extension });
  const same = contentPath(await contentHash(file), { userId: 'user_1', extension });
  try {
    const { outcome, path } = await client.put(unique, file, { onProgress: (sent, total) => console.log(sent / total) });
    return `${outcome} ${path} ${same}`;
  } catch (error) {
    return error instanceof EdgegateError ? say(error.code) : 'unexpected';
  }
}

function Background({ path }: { path: string }) {
  const { source, error } = useEdgegateSource(path);
  return <div style={{ backgroundImage: source ? `url(${source.uri})` : 'none' }}>{error?.message}</div>;
}

function App() {
  const kept = useEdgegateClient({ baseUrl: '/images', getToken, onSignOut: () => worker.clear() });
  return (
    <EdgegateProvider client={kept}>
      <EdgegateImage path="/users/user_1/a.webp" alt="a" loading="lazy" fallback={(error) => <p>{error ? say(error.code) : 'loading'}</p>} />
      <Background path="/users/user_1/b.webp" />
    </EdgegateProvider>
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(<App />);
