// A cable between browser and edge, which can hold what is on its way, and can be cut.
import { connect, createServer } from 'node:net';

/** Leads to `to()`, a port of this machine. `url` is where browsers find it. */
export async function startCable(to) {
  const cable = { limit: Infinity, sent: 0, pairs: new Set() };
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1');
    const pair = { near, far };
    cable.pairs.add(pair);
    // Nothing is read beyond the limit, so the browser notices within its own small buffers.
    near.on('data', (bytes) => {
      cable.sent += bytes.length;
      far.write(bytes);
      if (cable.sent >= cable.limit) near.pause();
    });
    near.on('end', () => far.end());
    far.pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => { far.destroy(); cable.pairs.delete(pair); });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(cable, {
    url: `http://localhost:${server.address().port}`,
    /** Lets `bytes` more from browsers pass, and not a byte after them. */
    hold(bytes) { Object.assign(cable, { sent: 0, limit: bytes }); },
    /** Lets go of what was held. */
    release() {
      cable.limit = Infinity;
      for (const { near } of cable.pairs) near.resume();
    },
    /** Ends every connection without a word; new ones are whole again. */
    cut() {
      cable.limit = Infinity;
      for (const { near, far } of cable.pairs) { near.resetAndDestroy(); far.destroy(); }
    },
    stop() {
      for (const { near, far } of cable.pairs) { near.destroy(); far.destroy(); }
      server.close();
    },
  });
}
