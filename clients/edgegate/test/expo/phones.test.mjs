// examples/expo as Metro bundles it for phones. Nothing here runs it: that takes a phone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expoExport } from './export.mjs';

test('bundles for Android and iOS, from the native files of the package', async () => {
  const folder = await expoExport('expo-phones', ['--platform', 'android', '--platform', 'ios', '--no-bytecode']);
  for (const platform of ['android', 'ios']) {
    const scripts = join(folder, '_expo/static/js', platform);
    const bundle = readdirSync(scripts).map((name) => readFileSync(join(scripts, name), 'utf8')).join('\n');
    assert.match(bundle, /pass the uri of the file, not a Blob/, `${platform}: uploads by expo-file-system`);
    assert.doesNotMatch(bundle, /\.edgegate\/signout/, `${platform}: none of what is for browsers`);
  }
});
