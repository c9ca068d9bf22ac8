// A small authorizer, and the ways in which one can go wrong.
const refuse = (status, error) => ({
  status,
  headers: { 'content-type': [{ key: 'Content-Type', value: 'application/json' }] },
  body: JSON.stringify({ error }),
})

export async function handler(event) {
  const { request } = event.Records[0].cf
  const { authorization = [] } = request.headers
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
