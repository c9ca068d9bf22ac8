// Debian's WebKitGTK, by the W3C's WebDriver, on a display of its own.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const BROWSER = process.env.MINIBROWSER ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A display that nobody sees; its number. */
async function display() {
  const server = spawn(process.env.XVFB ?? 'Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const number = await new Promise((resolve, reject) => {
    createInterface(server.stdout).once('line', resolve);
    server.once('error', reject);
  });
  return { name: `:${number}`, stop: () => server.kill() };
}

/** Asks until the driver listens. */
async function ready(url) {
  for (;;) {
    const answer = await fetch(`${url}/status`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** It takes no pictures: its driver does not answer when asked for one on such a display. */
export async function webkit() {
  const { name, stop } = await display();
  const port = await freePort();
  const env = { ...process.env, DISPLAY: name, GDK_BACKEND: 'x11', WEBKIT_DISABLE_COMPOSITING_MODE: '1' };
  const driver = spawn(process.env.WEBKIT_DRIVER ?? 'WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' });
  const root = `http://127.0.0.1:${port}`;
  await ready(root);
  const ask = async (method, path, body) => {
    const answer = await fetch(`${root}${path}`, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  };
  const wanted = { 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] } };
  const { sessionId, capabilities } = await ask('POST', '/session', { capabilities: { alwaysMatch: wanted } });
  const session = `/session/${sessionId}`;
  await ask('POST', `${session}/timeouts`, { script: 60_000 });
  const run = async (script, ...args) => {
    const body = `const done = arguments[arguments.length - 1]; Promise.resolve((${script})(...arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = await ask('POST', `${session}/execute/async`, { script: body, args: [args] });
    if (error) throw new Error(error);
    return value;
  };
  return {
    version: `${capabilities.browserName} ${capabilities.browserVersion}`,
    goto: (url) => ask('POST', `${session}/url`, { url }),
    run,
    async close() {
      await ask('DELETE', session).catch(() => undefined);
      driver.kill();
      stop();
    },
  };
}
