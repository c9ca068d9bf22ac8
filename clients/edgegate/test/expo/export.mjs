// Metro, with a deadline that a slow machine can keep.
import { join } from 'node:path';
import { root } from '../browser/local.mjs';
import { run } from '../browser/run.mjs';

/** A minute or two with two processors for itself, and several with a share of them. */
const MINUTES = 15;

/** Where `expo export` has put the app; `settings` are variables for it. */
export async function expoExport(name, args, settings = {}) {
  const folder = join(root, 'target/clients', name);
  const env = { ...process.env, ...settings, CI: '1', EXPO_OFFLINE: '1', EXPO_NO_TELEMETRY: '1' };
  // Without --clear Metro would find its bundle with other settings good enough.
  await run('npx', ['expo', 'export', ...args, '--clear', '--output-dir', folder], { cwd: join(root, 'examples/expo'), env, minutes: MINUTES });
  return folder;
}
