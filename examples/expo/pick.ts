import { ImageManipulator, SaveFormat } from 'expo-image-manipulator';
import * as ImagePicker from 'expo-image-picker';

/** Wider than any phone shows it. */
const MAX_WIDTH = 1600;

/** The uri of a photograph that was picked and made smaller: an upload cannot be resumed, so it should be short. */
export async function pick(): Promise<string | null> {
  const picked = await ImagePicker.launchImageLibraryAsync({ mediaTypes: ['images'], quality: 1 });
  const photo = picked.assets?.[0];
  return photo ? shrink(photo.uri, photo.width) : null;
}

/** As {@link pick}, with the camera. */
export async function take(): Promise<string | null> {
  const { granted } = await ImagePicker.requestCameraPermissionsAsync();
  if (!granted) return null;
  const taken = await ImagePicker.launchCameraAsync({ quality: 1 });
  const photo = taken.assets?.[0];
  return photo ? shrink(photo.uri, photo.width) : null;
}

async function shrink(uri: string, width: number): Promise<string> {
  const resized = ImageManipulator.manipulate(uri).resize({ width: Math.min(width, MAX_WIDTH) });
  const image = await (await resized.renderAsync()).saveAsync({ format: SaveFormat.WEBP, compress: 0.8 });
  return image.uri;
}
