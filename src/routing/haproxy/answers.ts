/** Kinds of backends; each has answers of its own where no service answers. */
export type Backend = 'plain' | 'keyed' | 'fork' | 'keyed-grpc' | 'fork-grpc';

export type ErrorFile = `${Backend}-${502 | 503}` | 'keyed-400';

/** `x-seatrial-error` of what was answered to a caller that did not wait for its answer, and may still read it. */
export const callerEnded = 'caller-ended';

const endedText =
  'The caller ended before it was answered: it closed its side of the connection, or sent what is not HTTP. A request with a key ends with its caller.';

/** Answers of HAProxy's own, by the name of their file. */
export const errorFiles: readonly (readonly [name: ErrorFile, text: string])[] = [
  ['plain-503', answer('502 Bad Gateway', null, 'The service does not answer.')],
  ['keyed-503', answer('502 Bad Gateway', 'baseline-unreachable', 'The baseline takes no connections.')],
  ['keyed-502', answer('502 Bad Gateway', 'bad-answer', 'The baseline did not answer in HTTP.')],
  [
    'fork-503',
    answer(
      '503 Service Unavailable',
      'fork-unreachable',
      "The sandbox's fork takes no connections. The baseline was not asked instead.",
    ),
  ],
  ['fork-502', answer('502 Bad Gateway', 'bad-answer', "The sandbox's fork did not answer in HTTP.")],
  ['keyed-400', answer('400 Bad Request', callerEnded, endedText)],
  ['keyed-grpc-503', grpcAnswer('baseline-unreachable')],
  ['keyed-grpc-502', grpcAnswer('bad-answer')],
  ['fork-grpc-503', grpcAnswer('fork-unreachable')],
  ['fork-grpc-502', grpcAnswer('bad-answer')],
];

function answer(status: string, error: string | null, text: string): string {
  const body = `${text}\n`;
  const lines = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    ...(error === null ? [] : [`x-seatrial-error: ${error}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Trailers-Only, status 14 UNAVAILABLE (gRPC over HTTP/2, "Responses"). */
function grpcAnswer(error: string): string {
  const lines = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/grpc',
    'Content-Length: 0',
    'grpc-status: 14',
    `grpc-message: ${error}`,
    `x-seatrial-error: ${error}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
