// The page at `/_local/` in a real browser: signs in, uploads, watches requests, tries rules; by
// keyboard, in both colour schemes, and on a phone. Pictures of it are in the folder SHOTS.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { EDGE_URL: edge, IMAGES: images, SHOTS: shots } = process.env
const axe = readFileSync(join(import.meta.dirname, 'node_modules/axe-core/axe.min.js'), 'utf8')
mkdirSync(shots, { recursive: true })

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
const page = await context.newPage()
page.setDefaultTimeout(20_000)
// File choosers are caught from the first listener on, which takes the browser a moment.
page.on('filechooser', () => {})
const trouble = []
// A refusal is what some images are for; everything else a console says is a fault of the page.
page.on('console', it => {
  if (it.type() === 'error' && !/status of (401|403|412)/.test(it.text())) trouble.push(it.text())
})
page.on('pageerror', error => trouble.push(error.message))
page.on('request', it => {
  if (!it.url().startsWith(`${edge}/`) && !/^(blob|data):/.test(it.url())) trouble.push(it.url())
})

const shoot = async name => {
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }))
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
}
const row = (method, text) => page.locator('#list > li').filter({ hasText: method }).filter({ hasText: text }).first()
const tile = state => page.locator(`.tile[data-status="${state}"]`)
/** Drops a file of the folder of images where files are dropped. */
const drop = async (name, type) => {
  const bytes = readFileSync(join(images, name)).toString('base64')
  const transfer = await page.evaluateHandle(([name, type, bytes]) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([Uint8Array.from(atob(bytes), it => it.charCodeAt(0))], name, { type }))
    return transfer
  }, [name, type, bytes])
  await page.dispatchEvent('#upload', 'drop', { dataTransfer: transfer })
}
const accessible = async name => {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  const told = violations.map(it => `${it.id}: ${it.nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`)
  assert.deepEqual(told, [], `axe-core finds something in ${name}`)
}

const party = 'https://app.photos.example'
const token = async (user, azp = party) => {
  const body = JSON.stringify({ user, azp })
  const answer = await fetch(`${edge}/_local/api/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await answer.json()).token
}
/** Sends a target as it is, without a body: the id of the request, by which the page knows it. */
const send = (method, path, headers) => new Promise((resolve, reject) => {
  const asked = request(edge, { method, path, headers, agent: false }, answer => {
    resolve(answer.headers['x-amz-cf-id'])
    answer.destroy()
  })
  asked.on('error', reject)
  asked.flushHeaders()
  if (method !== 'PUT') asked.end()
})
/** What the page is told of requests, from those before it on. */
async function* told(signal) {
  let text = ''
  for await (const piece of (await fetch(`${edge}/_local/api/requests`, { signal })).body.pipeThrough(new TextDecoderStream())) {
    const events = (text + piece).split('\n\n')
    text = events.pop()
    for (const event of events) {
      const data = event.match(/^data: (\{.*)$/m)?.[1]
      if (data) yield JSON.parse(data)
    }
  }
}

const steps = {
  async 'signs in as somebody who is added'() {
    await page.goto(`${edge}/_local/`)
    await page.waitForSelector('#table table')
    await page.click('#add-details summary')
    await page.fill('#add [name=id]', 'user_edsger')
    await page.fill('#add [name=claims]', '[1]')
    await page.click('#add button')
    await page.locator('#add-problem', { hasText: 'not a JSON object' }).waitFor()
    await page.fill('#add [name=claims]', '{"plan": "pro"}')
    for (const [name, value] of [['organization', 'org_1'], ['role', 'editor'], ['permissions', 'org:photos:read']]) {
      await page.fill(`#add [name=${name}]`, value)
    }
    await page.click('#add button')
    await page.locator('#who-note', { hasText: 'user_edsger, editor of org_1' }).waitFor()
    await page.waitForFunction(() => document.querySelector('#claims').textContent.includes('"plan": "pro"'))
    assert.equal(JSON.parse(await page.textContent('#claims')).fea, 'o:photos')
    await page.selectOption('#who', 'user_ada')
    await page.waitForFunction(() => document.querySelector('#folder').value === '/users/user_ada/')
  },

  async 'uploads an image and sees it, first from the bucket and then from the cache'() {
    await page.setInputFiles('#file', join(images, 'dusk.jpg'))
    await page.locator('#uploads li[data-status="200"]').waitFor()
    await page.waitForFunction(() => document.querySelector('.tile img')?.naturalWidth > 0)
    await row('PUT', 'allowed by rule 1').waitFor()
    assert.match(await row('GET', 'dusk.jpg').textContent(), /allowed by rule 2.*Cache: Miss.*Bucket: 200/)
    await page.click('.tile button')
    await row('GET', 'Cache: Hit').waitFor()
    assert.match(await row('GET', 'Cache: Hit').textContent(), /Bucket: not asked/)
    await page.waitForFunction(() => /GET .*allowed, 200, Hit/.test(document.querySelector('#news').textContent))
    await drop('dusk.jpg', 'image/jpeg')
    await page.locator('#uploads li[data-status="412"]', { hasText: 'already' }).waitFor()
  },

  async 'tries a rule, which changes a decision here and no file'() {
    const text = await page.inputValue('#text')
    assert.ok(text.startsWith('# Who may do what.\n[[rules]]'), text)
    await page.fill('#text', text.replace('path = "/**"', 'paht = "/**"'))
    await page.locator('#verdict', { hasText: 'line 8' }).waitFor()
    assert.equal(await page.getAttribute('#apply', 'aria-disabled'), 'true')
    await page.fill('#text', text.replace('path = "/**"', 'path = "/users/{sub}/**"'))
    await page.locator('#table td', { hasText: 'rule 2→ refused' }).first().waitFor()
    await shoot('draft')
    await page.click('#apply')
    await page.locator('#verdict', { hasText: 'Deployed here' }).waitFor({ timeout: 60_000 })
    await page.locator('#rules-source', { hasText: 'tried here' }).waitFor()
    await page.locator('#facts', { hasText: 'version 2' }).waitFor()
    await tile(200).waitFor()
  },

  async 'shows another user why it is dark'() {
    await page.selectOption('#who', 'user_grace')
    await tile(403).waitFor()
    assert.match(await tile(403).textContent(), /403no rule allows this/)
    const refused = row('GET', 'insufficient_scope')
    await refused.locator('summary').click()
    await refused.locator('.more', { hasText: '{sub} is "user_grace", and the path has "user_ada"' }).waitFor()
    assert.match(await refused.textContent(), /Cache: not reached.*Who ?user_grace/)
    await page.selectOption('#who', '')
    await tile(401).waitFor()
  },

  async 'goes back to the file'() {
    await page.click('#restore')
    await page.locator('#verdict', { hasText: 'can be deployed' }).waitFor()
    await page.click('#apply')
    await page.locator('#rules-source', { hasText: 'as in the file' }).waitFor({ timeout: 60_000 })
    await page.selectOption('#who', 'user_grace')
    await tile(200).waitFor()
  },

  async 'says who could do what at any path'() {
    await page.fill('#ask-path', '/users/user_grace/new.png')
    await page.keyboard.press('Enter')
    await page.locator('#table th', { hasText: 'new.png' }).waitFor()
    await page.selectOption('#why-method', 'PUT')
    await page.locator('#why', { hasText: 'allowed by rule 1' }).waitFor()
    await page.selectOption('#why-who', 'user_ada')
    await page.locator('#why', { hasText: '{sub} is "user_ada", and the path has "user_grace"' }).waitFor()
  },

  async 'has nothing that axe-core objects to, in either colour scheme'() {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      for (const [width, height] of [[1280, 900], [390, 844]]) {
        await page.setViewportSize({ width, height })
        await accessible(`${scheme}, ${width} px`)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(wide <= width, `${wide} px are shown at ${width}`)
        await shoot(`${scheme}-${width}`)
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 900 })
  },

  async 'is used by keyboard alone'() {
    await page.reload()
    await page.waitForSelector('#table table')
    await tile(200).waitFor()
    const press = key => page.keyboard.press(key)
    // Where the focus is, and whether anybody can see it.
    const focus = () => page.evaluate(() => {
      const it = document.activeElement
      const seen = it.matches('.unseen') ? it.nextElementSibling : it.matches('.editor textarea') ? it.parentElement : it
      const name = it.id || it.getAttribute('href') || it.closest('[id]')?.id || it.tagName
      return { name, visible: getComputedStyle(seen).outlineStyle !== 'none' }
    })
    const to = async wanted => {
      for (let steps = 0; steps < 120; steps += 1) {
        await press('Tab')
        const { name, visible } = await focus()
        if (name !== 'BODY') assert.ok(visible, `the focus on ${name} cannot be seen`)
        if (name === wanted) return
      }
      assert.fail(`no Tab leads to ${wanted}`)
    }
    await to('#images')
    await to('who')
    await page.keyboard.type('Ada')
    await page.waitForFunction(() => document.querySelector('#folder').value === '/users/user_ada/')
    await to('file')
    const chooser = page.waitForEvent('filechooser')
    await press('Enter')
    await (await chooser).setFiles(join(images, 'gate.png'))
    await row('PUT', 'gate.png').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.tile[data-status="200"]').length === 2)
    await to('list')
    await press('Enter')
    await page.locator('#list details[open] .more').waitFor()
    await to('#rules')
    await press('Enter')
    await to('text')
    await press('Control+End')
    await page.keyboard.type('\n# by keyboard')
    await page.waitForFunction(() => document.querySelector('#apply').getAttribute('aria-disabled') === 'false')
    await to('apply')
    await press('Enter')
    await page.locator('#verdict', { hasText: 'Deployed here' }).waitFor({ timeout: 60_000 })
    await to('table')
    await to('why-method')
    await press('ArrowDown')
    await press('ArrowDown')
    await page.locator('#why pre', { hasText: '--method PUT' }).waitFor()
  },

  async 'explains what the edge decides, whatever it is asked'() {
    const ada = await token('user_ada')
    const [head, claims] = ada.split('.')
    const tokens = [null, ada, await token('user_grace'), await token('user_ada', 'https://evil.example'),
      `${head}.${claims}.${ada.split('.')[2].replace(/^.{8}/, 'AAAAAAAA')}`, `${ada}.a`, 'a.b.c', `${ada} ${ada}`]
    const targets = ['/users/user_ada/dusk.jpg', '/users/user_grace/a.png', '/users//a.png', '/users/../a.png',
      '/users/user_ada/%64usk.jpg', '/users/user_ada/%zz', '/users/user_ada/dusk.jpg?versionId=1', '/.edgegate/signout']
    const image = { 'content-type': 'image/png', 'content-length': '3' }
    const requests = [['GET', {}], ['HEAD', {}], ['POST', {}], ['DELETE', {}],
      ['OPTIONS', { origin: party, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' }],
      ['GET', { 'x-amz-security-token': 'a' }], ['PUT', { ...image, 'content-type': 'text/html' }],
      ['PUT', { ...image, 'content-length': '99999999' }], ['PUT', { ...image, 'x-amz-acl': 'public-read' }]]
    const all = requests.flatMap(it => targets.flatMap(target => tokens.map(token => [...it, target, token])))
    const enough = new AbortController()
    const events = told(enough.signal)
    // It is connected before the first request of these is sent.
    await events.next()
    const sent = new Set()
    const lane = async () => {
      for (let it = all.pop(); it; it = all.pop()) {
        const [method, headers, target, token] = it
        const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
        sent.add(await send(method, target, { ...headers, ...authorization }))
      }
    }
    const count = all.length
    const seen = new Map()
    let more = () => {}
    const reading = (async () => {
      for await (const it of events) {
        seen.set(it.id, it)
        more()
      }
      throw new Error('the list of requests came to an end')
    })()
    reading.catch(() => {})
    await Promise.all(Array.from({ length: 4 }, lane))
    while (![...sent].every(id => seen.has(id))) {
      await Promise.race([reading, new Promise(resolve => { more = resolve })])
    }
    enough.abort()
    const ours = [...sent].map(id => seen.get(id)).filter(it => it.function)
    assert.ok(ours.length > count / 2, `the function ran for ${ours.length} of ${count}`)
    const words = { allow: ['allowed'], deny: ['refused'], answer: ['preflight', 'signout'] }
    for (const { method, path, decision, status, reason, judged } of ours) {
      const what = `${method} ${path}: ${status} ${decision} ${reason}, explained as ${judged.status} ${judged.decision} ${judged.code}`
      assert.ok(words[decision]?.includes(judged.decision), what)
      if (decision !== 'allow') assert.equal(judged.status, status, what)
      // The answer to HEAD has no body to give a reason in.
      if (decision === 'deny' && method !== 'HEAD') assert.equal(judged.code, reason, what)
    }
    assert.equal(new Set(ours.map(it => it.judged.code ?? it.judged.decision)).size > 8, true, 'of many kinds')
  },
}

try {
  for (const [name, step] of Object.entries(steps)) {
    await step().catch(async error => {
      await shoot('failed')
      throw new Error(`${name}: ${error.message}\n${trouble.join('\n')}`, { cause: error })
    })
  }
  assert.deepEqual(trouble, [])
  console.log(`${Object.keys(steps).length} steps`)
} finally {
  await browser.close()
}
