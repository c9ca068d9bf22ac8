import { useSignIn } from '@clerk/expo';
import { useState } from 'react';
import { Text, TextInput, View } from 'react-native';
import { Button, styles, useColours } from './look';

/** With a password, as Clerk's guide "Build a custom email/password flow" has it. */
export function SignIn() {
  const { signIn } = useSignIn();
  const [emailAddress, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [note, setNote] = useState('');
  const colours = useColours();
  const field = [styles.field, { color: colours.ink, backgroundColor: colours.card }];

  async function enter(): Promise<void> {
    const { error } = await signIn.password({ emailAddress, password });
    if (error) return setNote(error.longMessage ?? error.message);
    if (signIn.status === 'complete') await signIn.finalize();
    else setNote(`There is more to do: ${signIn.status}`);
  }

  return (
    <View style={[styles.page, styles.narrow]}>
      <Text role="heading" style={[styles.title, { color: colours.ink, flex: 0 }]}>Gallery</Text>
      <Text style={{ color: colours.dim }}>Only people who are signed in see these images.</Text>
      <TextInput aria-label="Email address" placeholder="ada@example.com" placeholderTextColor={colours.dim} autoCapitalize="none" inputMode="email" autoComplete="email" style={field} value={emailAddress} onChangeText={setEmail} />
      <TextInput aria-label="Password" placeholder="Password" placeholderTextColor={colours.dim} secureTextEntry autoComplete="current-password" style={field} value={password} onChangeText={setPassword} onSubmitEditing={enter} />
      <View style={styles.row}><Button title="Sign in" onPress={enter} /></View>
      <Text id="note" role="status" style={{ color: colours.wrong }}>{note}</Text>
    </View>
  );
}
