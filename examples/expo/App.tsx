import { ClerkProvider, useAuth } from '@clerk/expo';
import { tokenCache } from '@clerk/expo/token-cache';
import { createClient, EdgegateError, imagePath } from 'edgegate';
import { EdgegateProvider, useEdgegate, useEdgegateSource } from 'edgegate/react';
import { Image } from 'expo-image';
import { ImageManipulator, SaveFormat } from 'expo-image-manipulator';
import * as ImagePicker from 'expo-image-picker';
import { useEffect, useMemo, useState } from 'react';
import { Button, FlatList, SafeAreaView, Text } from 'react-native';
import * as album from './album';

const BASE_URL = process.env.EXPO_PUBLIC_EDGEGATE_URL ?? 'http://localhost:8787';
const PUBLISHABLE_KEY = process.env.EXPO_PUBLIC_CLERK_PUBLISHABLE_KEY ?? '';
/** Wider than any phone shows it. */
const MAX_WIDTH = 1600;

/** Picks a photograph and makes it smaller: an upload cannot be resumed, so it should be short. */
async function pick(): Promise<string | null> {
  const picked = await ImagePicker.launchImageLibraryAsync({ mediaTypes: ['images'], quality: 1 });
  const photo = picked.assets?.[0];
  if (!photo) return null;
  const resized = ImageManipulator.manipulate(photo.uri).resize({ width: Math.min(photo.width, MAX_WIDTH) });
  const image = await (await resized.renderAsync()).saveAsync({ format: SaveFormat.WEBP, compress: 0.8 });
  return image.uri;
}

function Photo({ path }: { path: string }) {
  const { source, error, onError } = useEdgegateSource(path);
  if (error) return <Text>{error.code}</Text>;
  return <Image source={source} onError={onError} contentFit="cover" style={{ height: 220, margin: 4, borderRadius: 8 }} />;
}

function Gallery({ userId }: { userId: string }) {
  const client = useEdgegate();
  const { signOut } = useAuth();
  const [paths, setPaths] = useState<string[]>([]);
  const [note, setNote] = useState('');
  useEffect(() => void album.list().then(setPaths), []);

  async function upload() {
    const uri = await pick();
    if (!uri) return;
    const path = imagePath({ userId, extension: 'webp' });
    try {
      await client.put(path, uri, { contentType: 'image/webp', onProgress: (sent, total) => setNote(`${Math.round((100 * sent) / total)} %`) });
      await album.add(path);
      setPaths((before) => [path, ...before]);
      setNote('');
    } catch (error) {
      setNote(error instanceof EdgegateError ? error.code : String(error));
    }
  }

  async function leave() {
    await client.signOut();
    await signOut();
  }

  return (
    <SafeAreaView style={{ flex: 1 }}>
      <Button title="Add a photograph" onPress={upload} />
      <Text accessibilityLiveRegion="polite">{note}</Text>
      <FlatList data={paths} keyExtractor={(path) => path} renderItem={({ item }) => <Photo path={item} />} />
      <Button title="Sign out" onPress={leave} />
    </SafeAreaView>
  );
}

function SignedIn() {
  const { isLoaded, userId, getToken } = useAuth();
  const client = useMemo(() => createClient({ baseUrl: BASE_URL, getToken }), [getToken]);
  if (!isLoaded) return <Text>Loading</Text>;
  if (!userId) return <Text>Sign in with Clerk's components here.</Text>;
  return (
    <EdgegateProvider client={client}>
      <Gallery userId={userId} />
    </EdgegateProvider>
  );
}

export default function App() {
  return (
    <ClerkProvider publishableKey={PUBLISHABLE_KEY} tokenCache={tokenCache}>
      <SignedIn />
    </ClerkProvider>
  );
}
