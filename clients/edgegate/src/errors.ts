/** The edge's own reasons for a refusal (`error` in its answer), as the authorizer spells them. */
export const EDGE_CODES = [
  'token-missing',
  'invalid_request',
  'token-too-large',
  'token-invalid',
  'token-invalid-algorithm',
  'token-type-mismatch',
  'jwk-kid-mismatch',
  'token-invalid-signature',
  'token-verification-failed',
  'token-expired',
  'token-not-active-yet',
  'token-iat-in-the-future',
  'token-lifetime',
  'token-invalid-issuer',
  'token-invalid-authorized-parties',
  'session-pending',
  'insufficient_scope',
  'method-not-allowed',
  'path-not-canonical',
  'query-not-allowed',
  'header-not-allowed',
  'length-required',
  'upload-too-large',
  'content-type-not-allowed',
  'internal',
] as const;

/** Why the edge refused. */
export type EdgeCode = (typeof EDGE_CODES)[number];

/**
 * What else can go wrong.
 *
 * - `signed-out`: `getToken` has no token
 * - `offline`: the network, or the way to the identity provider, is gone; retryable
 * - `unavailable`: 408, 429 or 5xx after every retry; retryable
 * - `exists`: another image is at this path already (412), and paths are written once
 * - `not-found`: nothing is at this path (the bucket answers 403 or 404)
 * - `aborted`: by the caller's signal
 * - `unexpected`: any other status
 */
export type ClientCode =
  | 'signed-out'
  | 'offline'
  | 'unavailable'
  | 'exists'
  | 'not-found'
  | 'aborted'
  | 'unexpected';

/** Every code an {@link EdgegateError} can have. */
export type ErrorCode = EdgeCode | ClientCode;

/** Everything that `put`, `source` and `fetchImage` reject with. */
export class EdgegateError extends Error {
  /** What happened; switch on it. */
  readonly code: ErrorCode;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** CloudFront's id of the request, for support and for the edge's log. */
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, more: { status?: number; requestId?: string; cause?: unknown } = {}) {
    super(`edgegate: ${message}`, more.cause === undefined ? undefined : { cause: more.cause });
    // What fetch would have thrown, so that code which knows AbortError needs no other case.
    this.name = code === 'aborted' ? 'AbortError' : 'EdgegateError';
    this.code = code;
    this.status = more.status;
    this.requestId = more.requestId;
  }

  /** Whether the same call may succeed a little later. */
  get retryable(): boolean {
    return this.code === 'offline' || this.code === 'unavailable';
  }
}

const isEdgeCode = (code: unknown): code is EdgeCode => EDGE_CODES.includes(code as EdgeCode);

/** The error that an answer stands for. `body` is the edge's JSON, or the bucket's XML, or nothing. */
export function refusal(status: number, body: string): EdgegateError {
  let said: { error?: unknown; message?: unknown; request_id?: unknown } = {};
  try {
    said = JSON.parse(body) ?? {};
  } catch {
    // Not from the authorizer.
  }
  const more = { status, ...(typeof said.request_id === 'string' && { requestId: said.request_id }) };
  if (isEdgeCode(said.error)) return new EdgegateError(said.error, `${said.message} (${status})`, more);
  if (status === 412) return new EdgegateError('exists', 'another image is at this path already', more);
  // Without the right to list, S3 answers 403 for a key that is missing.
  if (status === 403 || status === 404) return new EdgegateError('not-found', 'no image is at this path', more);
  if (isPassing(status)) return new EdgegateError('unavailable', `the edge answered ${status}`, more);
  return new EdgegateError('unexpected', `the edge answered ${status}`, more);
}

/** Statuses that pass by themselves (RFC 9110 §15). */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export const aborted = (): EdgegateError => new EdgegateError('aborted', 'aborted');

/** Rejects once the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted();
}
