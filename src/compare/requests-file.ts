import { z } from 'zod';
import { SeatrialError } from '../errors.ts';

/** A request of `seatrial diff --baseline URL --candidate URL --requests FILE`: sent as it is, without references. */
export interface UrlRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON; missing: no body. */
  readonly body?: unknown;
}

const request = z.strictObject({
  id: z.string().min(1).max(200),
  method: z.string().regex(/^[A-Za-z][A-Za-z-]{0,31}$/),
  path: z.string().regex(/^\/[\x21-\x7e]*$/, 'begins with / and holds no white space'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
});

/** Throws `invalid-request`. */
export function parseRequests(text: string, file: string): UrlRequest[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw invalid(file, 'it is no JSON');
  }
  const parsed = z.array(request).min(1, 'there are no requests').max(5_000).safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(file, `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong form'}`);
  }
  const ids = parsed.data.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw invalid(file, `the id ${JSON.stringify(twice)} is used twice`);
  return parsed.data;
}

function invalid(file: string, problem: string): SeatrialError {
  return new SeatrialError('invalid-request', {
    what: `The requests in ${file} cannot be sent: ${problem}.`,
    next: 'Write a JSON array of { id, method, path, headers?, body? } and call again.',
  });
}
