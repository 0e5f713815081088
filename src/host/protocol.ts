import { z } from 'zod';
import { errorKinds } from '../errors.ts';

/**
 * HTTP over the unix socket: `POST /<method>` with `{ args, env }` as JSON; the answer is NDJSON: `{ accepted }` when
 * the host took the call on, any number of `{ progress }`, then one `{ result }` or `{ error }`. `/hello` and `/exit`
 * must stay as they are for ever: hosts and clients of different versions talk through them.
 */
export const largestRequest = 8 * 1024 * 1024;
export const largestAnswer = 64 * 1024 * 1024;

const errorCodes = Object.keys(errorKinds) as (keyof typeof errorKinds)[];

export const errorData = z.object({
  code: z.enum(errorCodes).catch('internal'),
  what: z.string(),
  why: z.string().exactOptional(),
  next: z.string(),
});

export const answerLine = z.union([
  z.object({ accepted: z.literal(true) }),
  z.object({
    progress: z.object({ message: z.string(), done: z.number(), total: z.number().exactOptional() }),
  }),
  z.object({ result: z.unknown() }),
  z.object({ error: errorData }),
]);

export const callBody = z.object({
  args: z.unknown(),
  /** The environment of the client: secrets and SEATRIAL_ variables are those of who calls. */
  env: z.record(z.string(), z.string()),
});

export const hello = z.object({
  seatrial: z.literal('host'),
  version: z.string(),
  pid: z.number().int(),
  repository: z.string(),
  serves: z.object({ sandboxes: z.number(), runs: z.number(), calls: z.number() }),
});
export type Hello = z.infer<typeof hello>;

/** The card beside the socket, for messages about a host that does not answer. */
export const card = z.object({ pid: z.number().int(), version: z.string(), startedAt: z.string() });
export type Card = z.infer<typeof card>;
