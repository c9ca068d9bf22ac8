import { useEdgegateSource } from 'edgegate/react';
import { Image } from 'expo-image';
import { Text, View } from 'react-native';
import { styles, useColours } from './look';

/** expo-image's own component, with a source that stays the same however often tokens change. */
export function Photo({ path }: { path: string }) {
  const { source, error, onError } = useEdgegateSource(path);
  const colours = useColours();
  const frame = [styles.photo, { backgroundColor: colours.card }];
  if (error) return <View style={frame}><Text style={{ color: colours.wrong, padding: 12 }}>{error.code}</Text></View>;
  return <Image source={source} onError={onError} contentFit="cover" transition={150} style={frame} />;
}
