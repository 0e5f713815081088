import type { Difference } from '../find/difference.ts';
import type { RuleId } from '../finding.ts';
import { secretIn } from '../rules/secret.ts';

/** Why a difference is no noise, one sentence made from what was seen. */
export function why(rule: RuleId, difference: Difference, baseline: number, candidate: number): string {
  const { kind, steady, seen, of, to } = difference;
  const share = seen === of ? `all ${of}` : `${seen} of ${of}`;
  const sides = `${baseline} baseline and ${candidate} candidate answer${candidate === 1 ? '' : 's'}`;
  if (kind === 'moved' && to !== undefined) {
    return `What stood here in the baseline stands at ${to} in the candidate (${sides}).`;
  }
  const { part } = difference.place;
  const where = part === undefined ? '' : ` Seen in its part ${JSON.stringify(part.slice(0, 80))}.`;
  const leak =
    rule === 'leaked-field' && difference.after !== undefined
      ? secretIn(difference.place.name, difference.after)
      : null;
  const detail = leak === null ? '' : `; it looks like a secret or internal detail (${leak})`;
  return `In ${sides}, ${steady}, and ${share} of the candidate's differ${detail}.${where}`;
}
