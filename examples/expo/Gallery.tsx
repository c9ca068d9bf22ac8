import { useAuth, useUser } from '@clerk/expo';
import { EdgegateError, imagePath } from 'edgegate';
import { useEdgegate } from 'edgegate/react';
import { useEffect, useState } from 'react';
import { FlatList, Platform, Text, useWindowDimensions, View } from 'react-native';
import * as album from './album';
import { Button, styles, useColours } from './look';
import { pick, take } from './pick';
import { Photo } from './Photo';

export function Gallery({ userId }: { userId: string }) {
  const colours = useColours();
  const [paths, setPaths] = useState<string[]>([]);
  const columns = useWindowDimensions().width > 700 ? 4 : 2;
  useEffect(() => void album.list().then(setPaths), []);
  const nothing = (
    <View style={[styles.empty, { backgroundColor: colours.card }]}>
      <Text style={{ color: colours.dim }}>Nothing here yet. Add the first image.</Text>
    </View>
  );
  return (
    <View style={styles.page}>
      <Header />
      <Upload userId={userId} onUploaded={(path) => setPaths((before) => [path, ...before])} />
      <FlatList
        // A list cannot change its columns, so it is another one.
        key={columns}
        data={paths}
        numColumns={columns}
        keyExtractor={(path) => path}
        columnWrapperStyle={{ gap: 12 }}
        contentContainerStyle={{ gap: 12 }}
        renderItem={({ item }) => <View style={{ flex: 1, maxWidth: `${100 / columns}%` }}><Photo path={item} /></View>}
        ListEmptyComponent={nothing}
      />
    </View>
  );
}

function Header() {
  const client = useEdgegate();
  const { signOut } = useAuth();
  const { user } = useUser();
  const colours = useColours();
  const leave = async (): Promise<void> => {
    // Images and caches first, while the session still is.
    await client.signOut();
    await signOut();
  };
  return (
    <View style={styles.row}>
      <Text role="heading" style={[styles.title, { color: colours.ink }]}>Gallery</Text>
      <Text id="who" style={{ color: colours.dim }}>{user?.firstName}</Text>
      <Button id="sign-out" quiet title="Sign out" onPress={leave} />
    </View>
  );
}

function Upload({ userId, onUploaded }: { userId: string; onUploaded: (path: string) => void }) {
  const client = useEdgegate();
  const colours = useColours();
  const [part, setPart] = useState<number | null>(null);
  const [note, setNote] = useState('');

  async function upload(choose: () => Promise<string | null>): Promise<void> {
    const uri = await choose();
    if (!uri) return;
    const path = imagePath({ userId, extension: 'webp' });
    setNote('');
    setPart(0);
    try {
      const { outcome } = await client.put(path, uri, { contentType: 'image/webp', onProgress: (sent, total) => setPart(sent / total) });
      await album.add(path);
      onUploaded(path);
      setNote(`${outcome}: ${path}`);
    } catch (error) {
      setNote(error instanceof EdgegateError ? `${error.code}: ${error.message}` : String(error));
    }
    setPart(null);
  }

  return (
    <>
      <View style={styles.row}>
        <Button title="Add an image" onPress={() => upload(pick)} />
        {Platform.OS !== 'web' && <Button quiet title="Take one" onPress={() => upload(take)} />}
      </View>
      {part !== null && (
        <View id="progress" role="progressbar" aria-label="Upload" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(100 * part)} style={[styles.track, { backgroundColor: colours.card }]}>
          <View style={{ height: '100%', width: `${100 * part}%`, backgroundColor: colours.accent }} />
        </View>
      )}
      <Text id="note" role="status" style={{ color: colours.dim }}>{note}</Text>
    </>
  );
}
