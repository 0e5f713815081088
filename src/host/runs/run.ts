import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { SeatrialError } from '../../errors.ts';
import type { RunEntry } from '../api.ts';
import { errorData } from '../protocol.ts';

const owner = z.object({ principal: z.string(), repository: z.string(), workingTree: z.string() });
const word = z.enum(['passed', 'failed', 'inconclusive']);

/** What is kept of a run beside evidence, verdict and report: the file `run.json`. */
export const runRecord = z.object({
  format: z.literal(1),
  run: z.string(),
  owner,
  sandbox: z.string().nullable(),
  plan: z.string().nullable(),
  target: z.enum(['sandbox', 'baseline']),
  /** Equal for runs that `sinceLast` may compare. */
  series: z.string(),
  state: z.enum(['running', 'done', 'error']),
  startedAt: z.string(),
  doing: z.string().nullable(),
  verdict: word.nullable(),
  trial: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        ok: z.boolean(),
        details: z.array(z.string()).readonly(),
      }),
    )
    .readonly()
    .nullable(),
  sinceLast: z
    .object({
      run: z.string(),
      verdict: word,
      fixed: z.array(z.string()).readonly(),
      added: z.array(z.string()).readonly(),
      remaining: z.number(),
    })
    .nullable(),
  baselineCommit: z.string(),
  revisions: z.record(z.string(), z.string()),
  error: errorData.nullable(),
});
export type RunRecord = z.infer<typeof runRecord>;

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** `r-` and 60 random bits in base32 (RFC 4648, lower case). */
export function mintRunId(): string {
  return `r-${[...randomBytes(12)].map((byte) => alphabet[byte % 32]).join('')}`;
}

/** A run id becomes the name of a folder: nothing else may. */
export function isRunId(text: string): boolean {
  return /^r-[a-z2-7]{12}$/.test(text);
}

export function unknownRun(run: string): SeatrialError {
  return new SeatrialError('unknown-run', {
    what: `No run ${JSON.stringify(run.slice(0, 40))} of yours is kept.`,
    why: 'The last 200 runs are kept, at most 30 days.',
    next: 'Call inspect_sandbox with `runs: true` for those there are, or start a new run.',
  });
}

export function runEntry({ run, plan, state, verdict, startedAt }: RunRecord): RunEntry {
  return { run, plan, state, verdict, startedAt };
}
