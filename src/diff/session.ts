import type { CapturedAnswer, CompareOptions, Comparison, PairAnswers } from './compare.ts';
import type { PairReadings } from './find/find.ts';
import { relationsOf } from './find/relations.ts';
import type { Differs, Finding } from './finding.ts';
import { type Judged, judgePair } from './pair.ts';
import { answerReader, type Reading } from './read/answer.ts';

/** Compares all requests of a session: each with its answers of both sides. Pure; the order of pairs is kept. */
export function compareSession(pairs: readonly PairAnswers[], options: CompareOptions): Comparison[] {
  const readings = new Map<CapturedAnswer, Reading>();
  for (const pair of pairs) {
    const read = answerReader();
    for (const captured of [...pair.baseline, ...pair.candidate]) readings.set(captured, read(captured));
  }
  const readingOf = (captured: CapturedAnswer): Reading => {
    const reading = readings.get(captured);
    if (reading === undefined) throw new Error('an answer of the session that was not read');
    return reading;
  };
  return compareReadings(pairs, readingOf, options);
}

/** All of it but the reading of answers. */
export function compareReadings(
  pairs: readonly PairAnswers[],
  readingOf: (captured: CapturedAnswer) => Reading,
  options: CompareOptions,
): Comparison[] {
  const viewFor = relationsOf(pairs, readingOf);
  return pairs.map((pair) => {
    const sides = (count: number): PairReadings => {
      const baseline = pair.baseline.slice(0, count);
      const candidate = pair.candidate.slice(0, count);
      const view = viewFor(pair, [...baseline, ...candidate]);
      return { baseline: baseline.map(readingOf), candidate: candidate.map(readingOf), view };
    };
    return compare(pair, sides, options);
  });
}

function compare(
  pair: PairAnswers,
  sides: (count: number) => PairReadings,
  options: CompareOptions,
): Comparison {
  const all = sides(Number.POSITIVE_INFINITY);
  const { baseline, candidate } = all;
  if (baseline.length === 0 || candidate.length === 0) {
    const notes = ['One side has no answers, so nothing was compared.'];
    return { id: pair.id, differs: 'none', findings: [], unconfirmed: [], volatile: [], wants: 2, notes };
  }
  const judged = judgePair(pair, all, options);
  const more = Math.min(baseline.length, candidate.length) > 2;
  const first = more ? judgePair(pair, sides(2), { intermittent: false }) : null;
  return {
    id: pair.id,
    differs: worst(judged.findings),
    findings: judged.findings,
    unconfirmed: contradicted(judged, first),
    volatile: judged.volatile,
    wants: judged.wants,
    ...(judged.notes.length === 0 ? {} : { notes: judged.notes }),
    ...(judged.blind.length === 0 ? {} : { blind: judged.blind }),
  };
}

/** What two answers a side showed and all of them do not. */
function contradicted(judged: Judged, first: Judged | null): Finding[] {
  const places = new Set([...judged.findings, ...judged.doubtful].map(({ place }) => place));
  const gone = (first?.findings ?? []).filter(({ place }) => !places.has(place));
  return [...judged.doubtful, ...gone.map((finding) => ({ ...finding, confirmed: false }))];
}

function worst(findings: readonly Finding[]): Differs {
  return findings[0]?.severity ?? 'none';
}
