import type { CompareOptions, Comparison, PairAnswers } from './compare.ts';
import { plainView } from './find/view.ts';
import type { Differs, Finding } from './finding.ts';
import { type Judged, judgePair } from './pair.ts';
import { answerReader } from './read/answer.ts';

/** Compares all requests of a session: each with its answers of both sides. Pure; the order of pairs is kept. */
export function compareSession(pairs: readonly PairAnswers[], options: CompareOptions): Comparison[] {
  return pairs.map((pair) => compare(pair, options));
}

function compare(pair: PairAnswers, options: CompareOptions): Comparison {
  const read = answerReader();
  const baseline = pair.baseline.map(read);
  const candidate = pair.candidate.map(read);
  if (baseline.length === 0 || candidate.length === 0) {
    const notes = ['One side has no answers, so nothing was compared.'];
    return { id: pair.id, differs: 'none', findings: [], unconfirmed: [], volatile: [], wants: 2, notes };
  }
  const judged = judgePair(pair, { baseline, candidate, view: plainView }, options);
  const early = { baseline: baseline.slice(0, 2), candidate: candidate.slice(0, 2), view: plainView };
  const more = Math.min(baseline.length, candidate.length) > 2;
  const first = more ? judgePair(pair, early, { intermittent: false }) : null;
  return {
    id: pair.id,
    differs: worst(judged.findings),
    findings: judged.findings,
    unconfirmed: contradicted(judged, first),
    volatile: judged.volatile,
    wants: judged.wants,
    ...(judged.notes.length === 0 ? {} : { notes: judged.notes }),
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
