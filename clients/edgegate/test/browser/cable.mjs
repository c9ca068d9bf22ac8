// A cable between browser and edge, which can be cut.
import { connect, createServer } from 'node:net';

/** Leads to `to()`, a port of this machine. `url` is where browsers find it. */
export async function startCable(to) {
  const pairs = new Set();
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    // What the edge has not read is not taken from the browser any more: it notices, as on any network.
    far.on('close', () => near.destroySoon());
    near.on('close', () => { far.destroy(); pairs.delete(pair); });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    /** Ends every connection without a word; new ones are whole again. */
    cut() {
      for (const { near, far } of pairs) { near.resetAndDestroy(); far.destroy(); }
    },
    stop() {
      for (const { near, far } of pairs) { near.destroy(); far.destroy(); }
      server.close();
    },
  };
}
