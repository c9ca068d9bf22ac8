// Debian's Firefox, by WebDriver BiDi, which it speaks itself.
import puppeteer from 'puppeteer-core';

/** `prefs` as in about:config. */
export async function firefox(prefs = {}) {
  const browser = await puppeteer.launch({
    browser: 'firefox', headless: true, executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', extraPrefsFirefox: prefs,
  });
  const page = await browser.newPage();
  return {
    version: await browser.version(),
    goto: (url) => page.goto(url),
    run: (script, ...args) => page.evaluate(script, ...args),
    screenshot: (path) => page.screenshot({ path }),
    close: () => browser.close(),
  };
}
