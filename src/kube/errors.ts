import { KubeError } from './api.ts';

const maxMessage = 600;

/** An answer that says no. Of its body only `reason` and `message` of the Status object are used. */
export function refusalOf(what: string, status: number, body: string): KubeError {
  const said = readStatus(body);
  const reason = said.reason ?? reasons[status] ?? `Http${status}`;
  const message = said.message ?? `the API server answered ${status}`;
  return new KubeError(status, reason, `${what}: ${bounded(message)}`);
}

/** No answer. The cause is left out but for its code: texts of TLS and of plugins may tell more than they should. */
export function unreachable(what: string, server: string, error: unknown): KubeError {
  return new KubeError(0, 'Unreachable', `${what}: ${server} does not answer (${causeOf(error)})`);
}

/** What a watch says in an event of type ERROR, which is a Status object. */
export function statusError(what: string, object: unknown): KubeError {
  const said = fieldsOf(object);
  const status = said.code ?? 0;
  return new KubeError(
    status,
    said.reason ?? reasons[status] ?? 'Unknown',
    `${what}: ${bounded(said.message ?? '')}`,
  );
}

export function bounded(text: string): string {
  return text.length <= maxMessage ? text : `${text.slice(0, maxMessage)}…`;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

interface StatusFields {
  readonly reason: string | null;
  readonly message: string | null;
  readonly code: number | null;
}

function readStatus(body: string): StatusFields {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return fieldsOf(null);
  }
}

function fieldsOf(value: unknown): StatusFields {
  const object: { reason?: unknown; message?: unknown; code?: unknown } =
    typeof value === 'object' && value !== null ? value : {};
  return {
    reason: typeof object.reason === 'string' && object.reason !== '' ? object.reason : null,
    message: typeof object.message === 'string' && object.message !== '' ? object.message : null,
    code: typeof object.code === 'number' ? object.code : null,
  };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  // Where a name has several addresses Node tries all of them, and the first error stands for all.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof Error && 'code' in first && typeof first.code === 'string') return first.code;
  return first instanceof Error && first.name === 'TimeoutError' ? 'no answer in time' : 'connection broken';
}
