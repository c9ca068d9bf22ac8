// A small authorizer, and the ways in which one can go wrong.
import { readdirSync, writeFileSync } from 'node:fs'

const refuse = (status, error) => ({
  status,
  headers: { 'content-type': [{ key: 'Content-Type', value: 'application/json' }] },
  body: JSON.stringify({ error }),
})

const never = new Promise(() => setInterval(() => {}, 60_000))

// Returns when two processes are in here at the same time.
const meet = async () => {
  writeFileSync(`met-${process.pid}`, '')
  while (readdirSync('.').filter(it => it.startsWith('met-')).length < 2) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return { status: '200', body: String(process.pid) }
}

const swell = async () => {
  const kept = []
  for (;;) {
    kept.push(Buffer.alloc(1 << 20, 1))
    await new Promise(resolve => setImmediate(resolve))
  }
}

export async function handler(event) {
  const { request } = event.Records[0].cf
  const { authorization = [] } = request.headers
  const wish = name => JSON.parse(request.headers[name]?.[0].value ?? 'null')
  const [answer, edit] = [wish('x-answer'), wish('x-edit')]
  if (answer?.fill) return { ...answer, body: 'x'.repeat(answer.fill) }
  if (answer) return answer
  if (edit) return { ...request, ...edit, headers: { ...request.headers, ...edit.headers } }
  if (request.uri === '/event') return { status: '200', body: JSON.stringify(event) }
  if (request.uri === '/hang') return never
  if (request.uri === '/swell') return swell()
  if (request.uri === '/meet') return meet()
  if (request.uri === '/throw') throw new Error('on purpose')
  if (request.uri === '/crash') process.exit(3)
  if (request.uri === '/invalid') return { status: 401 }
  if (request.uri === '/none') return undefined
  if (request.uri === '/loud') process.stdout.write('noise without a line end')
  if (request.uri === '/read-only') request.headers.host = [{ value: 'elsewhere' }]
  if (authorization.length !== 1 || authorization[0].value !== 'Bearer good') {
    return refuse('401', 'token-missing')
  }
  if (request.uri !== '/u/keep-token') delete request.headers.authorization
  if (request.method === 'PUT') request.headers['if-none-match'] = [{ value: '*' }]
  return request
}
