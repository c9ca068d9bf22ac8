import { useAuth, useClerk, useUser } from '@clerk/react';
import { EdgegateProvider, useEdgegate, useEdgegateClient } from 'edgegate/react';
import { useState } from 'react';
import * as album from './album';
import { Photo } from './Photo';
import { Upload } from './Upload';

const baseUrl = import.meta.env.VITE_EDGEGATE_URL;

export function App() {
  const { isLoaded, isSignedIn, getToken } = useAuth();
  const client = useEdgegateClient({ baseUrl, getToken });
  if (!isLoaded) return null;
  return <EdgegateProvider client={client}>{isSignedIn ? <Gallery /> : <Welcome />}</EdgegateProvider>;
}

function Welcome() {
  const clerk = useClerk();
  return (
    <>
      <header><h1>Gallery</h1></header>
      <section className="empty">
        <p>Only people who are signed in see these images.</p>
        <button type="button" onClick={() => clerk.redirectToSignIn({ signInFallbackRedirectUrl: location.href })}>Sign in</button>
      </section>
    </>
  );
}

function Gallery() {
  const { user } = useUser();
  const [paths, setPaths] = useState(album.list);
  const add = (path: string): void => {
    album.add(path);
    setPaths((before) => [path, ...before]);
  };
  if (!user) return null;
  return (
    <>
      <header>
        <h1>Gallery</h1>
        <span id="who">{user.firstName}</span>
        <SignOut />
      </header>
      <main>
        <Upload userId={user.id} onUploaded={add} />
        {paths.length === 0 && <p className="empty">Nothing here yet. Add the first image.</p>}
        <ul id="gallery">{paths.map((path) => <Photo key={path} path={path} />)}</ul>
      </main>
    </>
  );
}

function SignOut() {
  const client = useEdgegate();
  const clerk = useClerk();
  const leave = async (): Promise<void> => {
    // Images and caches first, while the session still is; then the session, and the page with it.
    await client.signOut();
    await clerk.signOut({ redirectUrl: '/' });
  };
  return <button type="button" id="sign-out" className="quiet" onClick={leave}>Sign out</button>;
}
