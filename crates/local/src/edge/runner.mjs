// Runs one Lambda function: JSON lines in, JSON lines out, each marked so that nothing else counts.
import { createInterface } from 'node:readline'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, handlerName, mark, memory] = process.argv.slice(2)
const answer = process.stdout.write.bind(process.stdout)
// What the function prints is a log, and the log is stderr.
process.stdout.write = process.stderr.write.bind(process.stderr)
process.chdir(folder)
process.env.LAMBDA_TASK_ROOT = folder
process.env._HANDLER = handlerName

const send = message => answer(`${mark}${JSON.stringify(message)}\n`)
const explain = error => ({
  type: String(error?.name ?? 'Error'),
  message: String(error?.message ?? error),
})

async function load() {
  const dot = handlerName.lastIndexOf('.')
  const [file, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)]
  const path = ['.mjs', '.js', '.cjs'].map(it => join(folder, file + it)).find(existsSync)
  if (!path) throw new Error(`Cannot find module '${file}'`)
  const module = await import(pathToFileURL(path))
  const handler = module[name] ?? module.default?.[name]
  if (typeof handler !== 'function') throw new Error(`${handlerName} is undefined or not exported`)
  return handler
}

// Both of Lambda's styles: a promise, or a callback as the third argument.
const call = (handler, event, context) =>
  new Promise((resolve, reject) => {
    const result = handler(event, context, (error, value) => (error ? reject(error) : resolve(value)))
    if (typeof result?.then === 'function') result.then(resolve, reject)
    else if (handler.length < 3) resolve(result)
  })

// Lambda ends the process after an error nobody caught; so does this.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, error => {
    console.error(error)
    process.exit(1)
  })
}

let handler
try {
  handler = await load()
  send({ ready: true })
} catch (error) {
  console.error(error)
  send({ ready: false, error: explain(error) })
  process.exit(1)
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, name, version, timeout, event } = JSON.parse(line)
  const deadline = Date.now() + timeout
  const context = {
    awsRequestId: id,
    functionName: name,
    functionVersion: version,
    memoryLimitInMB: memory,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  }
  try {
    const result = (await call(handler, event, context)) ?? null
    send({ id, result, rss: process.memoryUsage.rss() })
  } catch (error) {
    console.error(error)
    send({ id, error: explain(error) })
  }
}
process.exit(0)
