// The real clerk-js in a real browser: loads, signs two users in and out, and fetches their tokens.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { CLERK_URL: proxyUrl, CLERK_KEY: publishableKey } = process.env
const scripts = join(import.meta.dirname, 'node_modules/@clerk/clerk-js/dist')

const app = createServer(async (request, response) => {
  const script = request.url.match(/^\/js\/([\w.-]+\.js)$/)?.[1]
  if (script) {
    response.setHeader('content-type', 'text/javascript')
    return response.end(await readFile(join(scripts, script)))
  }
  response.setHeader('content-type', 'text/html')
  response.end(`<!doctype html><title>app</title><body><script src="/js/clerk.browser.js"
    data-clerk-publishable-key="${publishableKey}" data-clerk-proxy-url="${proxyUrl}"></script>`)
})
await new Promise(ready => app.listen(0, '127.0.0.1', ready))
const origin = `http://127.0.0.1:${app.address().port}`

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  await page.goto(origin)
  const load = () => page.evaluate(async () => {
    await window.Clerk.load()
    return window.Clerk.user?.id ?? null
  })
  assert.equal(await load(), null, 'nobody is signed in at first')

  const signIn = ticket => page.evaluate(async ticket => {
    const { createdSessionId } = await window.Clerk.client.signIn.create({ strategy: 'ticket', ticket })
    await window.Clerk.setActive({ session: createdSessionId })
    const { user, organization, session } = window.Clerk
    const token = await session.getToken()
    const fresh = await session.getToken({ skipCache: true })
    return { user: user.id, organization: organization?.id ?? null, token, fresh }
  }, ticket)
  const claims = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))

  const ada = await signIn('user_ada')
  assert.deepEqual([ada.user, ada.organization], ['user_ada', 'org_engine'])
  const { sub, azp, exp, iat, o } = claims(ada.token)
  assert.deepEqual([sub, azp, exp - iat, o.rol], ['user_ada', origin, 60, 'admin'])
  assert.notEqual(ada.token, ada.fresh, 'skipCache asks for another one')

  await page.reload()
  assert.equal(await load(), 'user_ada', 'a session survives a reload')
  assert.match(await page.evaluate(() => document.cookie), /__session=/)

  await page.evaluate(() => window.Clerk.signOut(() => {}))
  assert.equal(await page.evaluate(() => window.Clerk.user ?? null), null)
  await page.goto(origin)
  assert.equal(await load(), null, 'signed out for good')

  const alan = await signIn('user_alan')
  assert.deepEqual([alan.user, alan.organization], ['user_alan', null])
  assert.equal(claims(alan.fresh).o, undefined)
  console.log(`clerk-js ${await page.evaluate(() => window.Clerk.version)} signs in, fetches tokens and signs out`)
} finally {
  await browser.close()
  app.close()
}
