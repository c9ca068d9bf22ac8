import { ClerkProvider, useAuth } from '@clerk/expo';
import { tokenCache } from '@clerk/expo/token-cache';
import { EdgegateProvider, useEdgegateClient } from 'edgegate/react';
import { SafeAreaView } from 'react-native';
import { Gallery } from './Gallery';
import { useColours } from './look';
import { SignIn } from './SignIn';

const BASE_URL = process.env.EXPO_PUBLIC_EDGEGATE_URL ?? '';
const PUBLISHABLE_KEY = process.env.EXPO_PUBLIC_CLERK_PUBLISHABLE_KEY ?? '';
const PROXY_URL = process.env.EXPO_PUBLIC_CLERK_PROXY_URL;
// Leads to the local Clerk, which has no https. An app with an account at Clerk needs none of this.
const local = PROXY_URL && {
  proxyUrl: PROXY_URL,
  __internal_clerkJSUrl: `${PROXY_URL}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`,
};

function Pages() {
  const { isLoaded, userId, getToken } = useAuth();
  const client = useEdgegateClient({ baseUrl: BASE_URL, getToken });
  if (!isLoaded) return null;
  if (!userId) return <SignIn />;
  return (
    <EdgegateProvider client={client}>
      <Gallery userId={userId} />
    </EdgegateProvider>
  );
}

export default function App() {
  const { paper } = useColours();
  return (
    <ClerkProvider publishableKey={PUBLISHABLE_KEY} tokenCache={tokenCache} prefetchUI={false} {...local}>
      <SafeAreaView style={{ flex: 1, backgroundColor: paper }}><Pages /></SafeAreaView>
    </ClerkProvider>
  );
}
