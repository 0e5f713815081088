import type { ErrorCode } from '../errors.ts';

/** What the exit code of a verb says. */
export const exit = { passed: 0, failed: 1, usage: 2, inconclusive: 3, couldNotRun: 4 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

const wrongUsage: readonly ErrorCode[] = [
  'invalid-argument',
  'invalid-params',
  'invalid-request',
  'invalid-captures',
  'invalid-policy',
  'invalid-openapi',
];

export function exitOfError(code: ErrorCode): ExitCode {
  return wrongUsage.includes(code) ? exit.usage : exit.couldNotRun;
}

/** Of a run: running on is no result. */
export function exitOfRun(data: { verdict?: unknown; state?: unknown }): ExitCode {
  if (data.state === 'running') return exit.couldNotRun;
  if (data.verdict === 'passed') return exit.passed;
  return data.verdict === 'failed' ? exit.failed : exit.inconclusive;
}

/** Without a sandbox there is no verdict: only what is breaking counts. */
export function exitOfDiffers(differs: readonly unknown[]): ExitCode {
  return differs.includes('breaking') ? exit.failed : exit.passed;
}
