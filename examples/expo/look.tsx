// How it looks, by day and by night.
import { Pressable, StyleSheet, Text, useColorScheme } from 'react-native';

export interface Colours { ink: string; dim: string; paper: string; card: string; accent: string; onAccent: string; wrong: string }

const DAY: Colours = { ink: '#1c1b22', dim: '#5f5b6b', paper: '#fbfaf8', card: '#efedf3', accent: '#5b3df5', onAccent: '#fff', wrong: '#b3261e' };
const NIGHT: Colours = { ink: '#f1eff7', dim: '#aaa5b8', paper: '#16151a', card: '#25232c', accent: '#8d78ff', onAccent: '#14121c', wrong: '#ffb4ab' };

export const useColours = (): Colours => (useColorScheme() === 'dark' ? NIGHT : DAY);

export function Button({ id, title, quiet, onPress }: { id?: string; title: string; quiet?: true; onPress: () => void }) {
  const colours = useColours();
  const [fill, ink] = quiet ? [colours.card, colours.ink] : [colours.accent, colours.onAccent];
  return (
    <Pressable id={id} role="button" onPress={onPress} style={[styles.button, { backgroundColor: fill }]}>
      <Text style={{ color: ink, fontSize: 16, fontWeight: '600' }}>{title}</Text>
    </Pressable>
  );
}

export const styles = StyleSheet.create({
  page: { flex: 1, width: '100%', maxWidth: 1024, alignSelf: 'center', padding: 16, gap: 12 },
  row: { flexDirection: 'row', alignItems: 'center', gap: 12, flexWrap: 'wrap' },
  title: { flex: 1, fontSize: 24, fontWeight: '700' },
  button: { paddingVertical: 10, paddingHorizontal: 18, borderRadius: 999 },
  field: { padding: 12, borderRadius: 12, fontSize: 16 },
  empty: { padding: 48, borderRadius: 16, alignItems: 'center' },
  narrow: { maxWidth: 420 },
  photo: { aspectRatio: 1, borderRadius: 12 },
  track: { height: 8, borderRadius: 4, overflow: 'hidden' },
});
