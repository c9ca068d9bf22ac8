import { EdgegateError, imagePath } from 'edgegate';
import { useEdgegate } from 'edgegate/react';
import { type ChangeEvent, useState } from 'react';

const TYPES = 'image/avif,image/gif,image/jpeg,image/png,image/webp';

type State =
  | { is: 'idle'; note: string }
  | { is: 'sending'; part: number; cancel: () => void }
  | { is: 'failed'; note: string };

/** Uploads one image at a time, with a bar and a way out. */
export function Upload({ userId, onUploaded }: { userId: string; onUploaded: (path: string) => void }) {
  const client = useEdgegate();
  const [state, setState] = useState<State>({ is: 'idle', note: '' });

  async function send(file: File): Promise<void> {
    const path = imagePath({ userId, extension: file.name.split('.').pop() ?? '' });
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    const onProgress = (sent: number, total: number): void => setState({ is: 'sending', part: sent / total, cancel });
    onProgress(0, 1);
    const { outcome } = await client.put(path, file, { onProgress, signal: controller.signal });
    setState({ is: 'idle', note: `${outcome}: ${path}` });
    onUploaded(path);
  }

  function choose({ target }: ChangeEvent<HTMLInputElement>): void {
    const [file] = target.files ?? [];
    if (!file) return;
    send(file).catch((error: unknown) => setState({ is: 'failed', note: say(error) }));
    // The same file again is a change, too.
    target.value = '';
  }

  return (
    <>
      <form>
        <label className="button">Add an image<input type="file" accept={TYPES} disabled={state.is === 'sending'} onChange={choose} /></label>
        {state.is === 'sending' && <progress aria-label="Upload" value={state.part} />}
        {state.is === 'sending' && <button type="button" className="quiet" onClick={state.cancel}>Cancel</button>}
      </form>
      <p id="note" role="status" className={state.is === 'failed' ? 'failed' : ''}>{state.is === 'sending' ? '' : state.note}</p>
    </>
  );
}

function say(error: unknown): string {
  if (!(error instanceof EdgegateError)) return String(error);
  switch (error.code) {
    case 'aborted':
      return 'Not uploaded.';
    case 'offline':
      return 'There is no network. Try again later.';
    case 'upload-too-large':
      return 'This image is too large.';
    case 'content-type-not-allowed':
      return 'Images of this kind are not taken.';
    default:
      return error.message;
  }
}
