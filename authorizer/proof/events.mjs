// The events in which CloudFront shows requests to a function. Imports nothing: it is part of what is
// loaded before a cold start is measured.

const VIEWER = {
  accept: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  host: 'd111111abcdef8.cloudfront.net',
  origin: 'https://app.edgegate.example',
  referer: 'https://app.edgegate.example/',
  'sec-fetch-dest': 'image',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'cross-site',
  'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0',
};

/** A viewer-request event as JSON: each invocation of a function parses its own. */
export function eventText(authorization, uri) {
  const values = authorization === undefined ? VIEWER : { ...VIEWER, authorization };
  const headers = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [{ key, value }]]));
  const config = {
    distributionDomainName: 'd111111abcdef8.cloudfront.net',
    distributionId: 'EDFDVBD6EXAMPLE',
    eventType: 'viewer-request',
    requestId: '4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==',
  };
  const request = { clientIp: '203.0.113.178', headers, method: 'GET', querystring: '', uri };
  return JSON.stringify({ Records: [{ cf: { config, request } }] });
}
