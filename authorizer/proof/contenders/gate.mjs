// What every contender has in common: the handler around a library. CONFIG is put in by the bundler.

const REFUSAL = { status: '401', headers: { 'cache-control': [{ key: 'Cache-Control', value: 'no-store' }] } };

/** A handler; `judge` gives the claims of an acceptable token, and throws for any other. */
export const gate = (judge) => async (event) => {
  const { request } = event.Records[0].cf;
  const authorization = request.headers.authorization?.[0].value;
  if (authorization === undefined) return REFUSAL;
  try {
    const { azp } = await judge(authorization.slice('Bearer '.length));
    if (!CONFIG.authorizedParties.includes(azp)) return REFUSAL;
  } catch {
    return REFUSAL;
  }
  delete request.headers.authorization;
  return request;
};
