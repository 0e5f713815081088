import type { Verdict } from '../../verdict/verdict.ts';
import type { SinceLast } from '../api.ts';
import type { RunRecord } from './run.ts';

/** What changed since the run before: by check and by the fingerprints of findings, never by their values. */
export function sinceLast(last: RunRecord, before: Verdict, now: Verdict): SinceLast {
  const then = problems(before);
  const current = problems(now);
  return {
    run: last.run,
    verdict: before.verdict,
    fixed: [...then].filter(([key]) => !current.has(key)).map(([, text]) => text),
    added: [...current].filter(([key]) => !then.has(key)).map(([, text]) => text),
    remaining: [...current.keys()].filter((key) => then.has(key)).length,
  };
}

function problems(verdict: Verdict): Map<string, string> {
  const findings = verdict.findings.map(
    ({ fingerprint, rule, place, request }) =>
      [`finding ${fingerprint}`, `${rule} at ${place} of ${request}`] as const,
  );
  // What differs is told by its findings.
  const checks = verdict.checks
    .filter(({ outcome }) => outcome !== 'passed' && outcome !== 'differs')
    .map(({ id, outcome }) => [`check ${id} ${outcome}`, `${id}: ${outcome}`] as const);
  return new Map([...findings, ...checks]);
}
