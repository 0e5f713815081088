import type { CompareOptions, PairAnswers } from './compare.ts';
import { why } from './explain/explain.ts';
import { show } from './explain/show.ts';
import { type Difference, fewAnswers, manyAnswers } from './find/difference.ts';
import { findDifferences, type PairReadings } from './find/find.ts';
import { ownPlace } from './find/place.ts';
import type { Finding, Severity, VolatilePlace } from './finding.ts';
import { fingerprint } from './fingerprint.ts';
import { secretIn, tellsSecret } from './rules/secret.ts';
import { ruleFor } from './rules/table.ts';

export interface Judged {
  readonly findings: readonly Finding[];
  /** Spoken against by the very answers that were to confirm it. */
  readonly doubtful: readonly Finding[];
  readonly volatile: readonly VolatilePlace[];
  readonly wants: number;
  readonly notes: readonly string[];
  readonly blind: readonly string[];
}

/** Find, judge, explain: one request with all its answers. */
export function judgePair(pair: PairAnswers, readings: PairReadings, options: CompareOptions): Judged {
  const { differences, volatile, notes, blind } = findDifferences(pair, readings, options);
  const answers = { baseline: readings.baseline.length, candidate: readings.candidate.length };
  const fewer = Math.min(answers.baseline, answers.candidate);
  const rests = (difference: Difference): number =>
    isLeak(difference) ? fewer : Math.min(fewer, difference.rests ?? fewer);
  const thin = (difference: Difference): boolean =>
    fewer >= manyAnswers && rests(difference) < Math.max(fewAnswers, needs(difference) / 2);
  const enough = (difference: Difference): boolean =>
    rests(difference) >= needs(difference) ||
    (difference.quiet === undefined &&
      ((options.intermittent && fewer >= 2 && answers.candidate >= 6) ||
        (fewer >= manyAnswers && !thin(difference))));
  const judged = differences.map((difference) => ({
    difference,
    finding: explain(pair, readings, difference, enough(difference)),
  }));
  const against = judged.filter(
    ({ difference }) =>
      ((difference.doubtful && enough(difference)) || thin(difference)) &&
      !options.intermittent &&
      difference.quiet === undefined &&
      !isLeak(difference),
  );
  // What is quiet and stays unsure after as many as are ever sent is left alone.
  const standing = judged.filter(
    (entry) =>
      !against.includes(entry) &&
      (entry.difference.quiet === undefined || entry.finding.confirmed || fewer < manyAnswers),
  );
  const open = standing.filter(({ finding }) => !finding.confirmed);
  const kept = standing.filter(
    ({ difference, finding }) => difference.quiet === undefined || finding.confirmed,
  );
  const floor = options.intermittent ? floorOf(answers.candidate, kept.length > 0) : 0;
  return {
    findings: kept.map(({ finding }) => finding).sort(bySeverity),
    doubtful: against.map(({ finding }) => ({ ...finding, confirmed: false })).sort(bySeverity),
    volatile,
    wants: Math.max(0, floor, ...open.map(({ difference }) => needs(difference) - rests(difference))),
    notes,
    blind,
  };
}

/** Six candidate answers, and a seventh where six show nothing: what comes in one of three hides from six 88 times in 1,000. */
function floorOf(candidate: number, found: boolean): number {
  return candidate < 6 ? 6 - candidate : candidate === 6 && !found ? 1 : 0;
}

/** A leak is no matter of luck: no healthy service sends a password now and then. */
function isLeak(difference: Difference): boolean {
  return ruleFor(difference).id === 'leaked-field';
}

function needs(difference: Difference): number {
  const plain = isLeak(difference) && difference.after !== undefined && tellsSecret(difference.after);
  return plain ? fewAnswers : difference.needs;
}

function explain(
  pair: PairAnswers,
  readings: PairReadings,
  difference: Difference,
  confirmed: boolean,
): Finding {
  const rule = ruleFor(difference);
  const { baseline, candidate } = readings;
  const status = baseline.find((reading) => reading.status !== null)?.status ?? null;
  const statusClass = status === null ? 'none' : `${Math.floor(status / 100)}xx`;
  const { before, after, place } = difference;
  const secret = rule.id === 'leaked-field' && after !== undefined ? secretIn(place.name, after) : null;
  return {
    rule: rule.id,
    severity: rule.id === 'no-answer' && before === undefined ? 'suspicious' : rule.severity,
    place: place.place,
    ...(before === undefined ? {} : { before: show(before) }),
    ...(after === undefined ? {} : { after: secret === null ? show(after) : `<not shown: ${secret}>` }),
    confirmed,
    why: why(rule.id, difference, baseline.length, candidate.length),
    effect: rule.effect,
    fingerprint: fingerprint(pair, { statusClass, rule: rule.id, place: ownPlace(place) }),
    answers: { baseline: baseline.length, candidate: candidate.length },
  };
}

const weights: Readonly<Record<Severity, number>> = { breaking: 0, suspicious: 1, harmless: 2 };

function bySeverity(one: Finding, other: Finding): number {
  const text = ({ place, rule, fingerprint: print }: Finding): string => `${place}\n${rule}\n${print}`;
  return weights[one.severity] - weights[other.severity] || (text(one) < text(other) ? -1 : 1);
}
