import { ClerkProvider } from '@clerk/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../style.css';
import { App } from './App';
import './style.css';

const { VITE_CLERK_PUBLISHABLE_KEY, VITE_CLERK_PROXY_URL } = import.meta.env;

// Leads to the local Clerk, which has no https. An app with an account at Clerk needs none of this.
const local = VITE_CLERK_PROXY_URL && {
  proxyUrl: VITE_CLERK_PROXY_URL,
  __internal_clerkJSUrl: `${VITE_CLERK_PROXY_URL}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`,
};

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    {/* This app signs in on Clerk's own page, so it does not load Clerk's components. */}
    <ClerkProvider publishableKey={VITE_CLERK_PUBLISHABLE_KEY} prefetchUI={false} {...local}>
      <App />
    </ClerkProvider>
  </StrictMode>,
);
