import type { EdgegateError } from 'edgegate';
import { EdgegateImage } from 'edgegate/react';
import { useRef } from 'react';

/** An image in the gallery, and the whole of it when it is chosen: it is fetched once for both. */
export function Photo({ path }: { path: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <li>
      <button type="button" className="photo" aria-label="Show the whole image" onClick={() => dialog.current?.showModal()}>
        <EdgegateImage path={path} alt="" fallback={Missing} />
      </button>
      <dialog ref={dialog} onClick={() => dialog.current?.close()}>
        <EdgegateImage path={path} alt="" />
        <form method="dialog"><button className="quiet">Close</button></form>
      </dialog>
    </li>
  );
}

/** In place of an image that is on its way, or cannot be shown. */
const Missing = (error: EdgegateError | null) => <span className="missing">{error?.code}</span>;
