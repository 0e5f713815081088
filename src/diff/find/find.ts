import type { CompareOptions, PairAnswers } from '../compare.ts';
import type { VolatilePlace } from '../finding.ts';
import type { Reading } from '../read/answer.ts';
import { type Node, stringNode } from '../read/node.ts';
import { comparableBodies } from './bodies.ts';
import { callDifferences, failureDifferences } from './calls.ts';
import { type Difference, fewAnswers, manyAnswers } from './difference.ts';
import { listDifference } from './lists.ts';
import { membersBroken } from './members.ts';
import { joinMoves } from './moves.ts';
import { type Noise, noiseOf } from './noise.ts';
import { oneIdForAll } from './one-for-all.ts';
import { bodyRoot, headerPlace, ownPlace, type Place, partPlace, statusPlace } from './place.ts';
import { type Found, present, type Slot } from './row.ts';
import { rowDifference } from './rows.ts';
import { sortBroken } from './sorted.ts';
import type { View } from './view.ts';
import { walk } from './walk.ts';

export interface PairReadings {
  readonly baseline: readonly Reading[];
  readonly candidate: readonly Reading[];
  readonly view: View;
}

export interface Differences {
  readonly differences: readonly Difference[];
  readonly volatile: readonly VolatilePlace[];
  readonly notes: readonly string[];
  /** See `Comparison.blind`. */
  readonly blind: readonly string[];
}

/** Every difference of one request that the baseline's own noise does not explain, each place once. */
export function findDifferences(
  pair: PairAnswers,
  readings: PairReadings,
  options: CompareOptions,
): Differences {
  const all = [...readings.baseline, ...readings.candidate];
  const baseline = readings.baseline.length;
  const notes = [...new Set(all.flatMap((reading) => reading.notes))].sort();
  const unanswered = missingAnswers(readings, options.intermittent);
  const found: Found = { rows: [], lists: [] };
  walk(
    statusPlace,
    all.map(({ status }) => (status === null ? 'outside' : statusNode(status))),
    baseline,
    found,
  );
  walkHeaders(all, baseline, found);
  walk(markPlace, marks(all), baseline, found);
  const comparable = comparableBodies(all, baseline);
  if (comparable !== null) walk(bodyRoot, comparable, baseline, found);
  const noise = noiseOf(found, baseline, readings.view);
  const context = { baseline, noise, view: readings.view, intermittent: options.intermittent };
  const rows = found.rows
    .map((row) => rowDifference(row, context))
    .filter((difference) => difference !== null);
  const lists = found.lists
    .flatMap((list) => [
      listDifference(list, baseline, noise, options.intermittent) ??
        sortBroken(list, baseline, noise) ??
        membersBroken(list, baseline, noise),
      oneIdForAll(list, baseline),
    ])
    .filter((difference) => difference !== null);
  const once = oncePerPlace(restingTogether([...lists, ...rows]).map(structural));
  const differences = [
    ...(unanswered === null ? [] : [unanswered]),
    ...joinMoves(once),
    ...callDifferences(pair, baseline),
    ...failureDifferences(pair, baseline, readings.candidate.length),
  ];
  const blind = blindPlaces(found, noise);
  const unseen = blind.map(
    (place) =>
      `${place} is too large to be compared place by place and differs between two answers of the baseline: its values there are unseen, those of the samples aside.`,
  );
  return { differences, volatile: noise.places(), notes: [...notes, ...unseen].sort(), blind };
}

/** What is one value by its size alone hides everything that it holds as soon as it is noise. */
function blindPlaces(found: Found, noise: Noise): string[] {
  const large = found.rows.filter(
    ({ place, slots }) => present(slots).some(isTooLarge) && noise.has(place, 'value'),
  );
  return [...new Set(large.map(({ place }) => place.place))].sort();
}

function isTooLarge(node: Node): boolean {
  return node.kind === 'opaque' && ['large body', 'rest', 'deep JSON'].includes(node.what);
}

function statusNode(status: number): Node {
  return { kind: 'number', raw: String(status) };
}

/** Told with the content type, as it is that of the body. Unlike it, a mark may come from whoever wrote what is served. */
const markPlace = partPlace(headerPlace('content-type'), 'byte order mark');

const withMark = stringNode('with a byte order mark');
const withoutMark = stringNode('no byte order mark');

function marks(all: readonly Reading[]): Slot[] {
  return all.map(({ form, marked }) => (form === 'json' ? (marked ? withMark : withoutMark) : 'outside'));
}

/** Status and content type are not left to chance by healthy services. */
function structural(difference: Difference): Difference {
  const { area } = difference.place;
  if ((area !== 'status' && area !== 'content-type') || difference.place.key === markPlace.key)
    return difference;
  if (difference.kind !== 'varies') return { ...difference, needs: fewAnswers };
  return { ...difference, doubtful: difference.doubtful && difference.seen * 3 < difference.of };
}

function missingAnswers({ baseline, candidate }: PairReadings, intermittent: boolean): Difference | null {
  const came = baseline.filter(({ failure }) => failure === null);
  const missing = candidate.filter(({ failure }) => failure !== null);
  const silent = baseline.filter(({ failure }) => failure !== null);
  const partly = missing.length < candidate.length && !intermittent;
  const base = {
    kind: 'no-answer',
    place: statusPlace,
    seen: missing.length,
    of: candidate.length,
    doubtful: false,
  } as const;
  if (missing.length > 0 && silent.length === 0) {
    return {
      ...base,
      before: statusNode(came[0]?.status ?? 0),
      after: stringNode(missing[0]?.failure ?? ''),
      needs: partly ? manyAnswers : fewAnswers,
      doubtful: partly && missing.length === 1,
      steady: 'the baseline answers each time',
    };
  }
  if (silent.length < baseline.length || baseline.length === 0) return null;
  const steady = 'the baseline never answers, so nothing could be compared';
  const answered = candidate.find(({ status }) => status !== null)?.status ?? null;
  const after = answered === null ? stringNode(missing[0]?.failure ?? '') : statusNode(answered);
  return { ...base, before: undefined, after, needs: fewAnswers, seen: candidate.length, steady };
}

function walkHeaders(all: readonly Reading[], baseline: number, found: Found): void {
  const classes = all.map(({ status }) => (status === null ? null : Math.floor(status / 100)));
  const main = classes.slice(0, baseline).find((group) => group !== null);
  for (const field of ['headers', 'trailers'] as const) {
    const names = [...new Set(all.flatMap((reading) => [...reading[field].keys()]))].sort();
    for (const name of names) {
      const slots = all.map(
        (reading, answer): Slot =>
          classes[answer] === main && main !== null ? (reading[field].get(name) ?? 'absent') : 'outside',
      );
      const place = headerPlace(name);
      walkHeader(field === 'trailers' ? partPlace(place, 'trailer') : place, slots, baseline, found);
    }
  }
}

/** What differs in a part of a header is shown with the whole of it. */
function walkHeader(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  const from = found.rows.length;
  walk(place, slots, baseline, found);
  if (found.rows.length === from) return;
  const whole = slots.map(
    (slot): Slot => (typeof slot !== 'string' && slot.kind === 'object' ? stringNode(slot.raw) : slot),
  );
  for (const [index, row] of found.rows.entries()) {
    if (index >= from && row.place.key.startsWith(`${place.key}#`)) found.rows[index] = { ...row, whole };
  }
}

const rank: readonly Difference['kind'][] = [
  'removed',
  'null',
  'type',
  'format',
  'length',
  'value',
  'order',
  'varies',
  'added',
];

/**
 * Items of one list that all show the same speak for each other, where each stands in some answers only. What is quiet
 * speaks for itself alone: it is about what the answers of one item have in common.
 */
function restingTogether(differences: readonly Difference[]): readonly Difference[] {
  if (differences.length < 2) return differences;
  const sums = new Map<string, number>();
  const about = differences.map(({ kind, place }) => `${kind} ${place.key}`);
  for (const [at, one] of differences.entries()) {
    const key = about[at] ?? '';
    if (!one.quiet) sums.set(key, (sums.get(key) ?? 0) + (one.rests ?? 0));
  }
  return differences.map((one, at) => (one.quiet ? one : { ...one, rests: sums.get(about[at] ?? '') ?? 0 }));
}

/** One place, one difference: the coarsest that any of its rows shows, and the best founded of those. */
function oncePerPlace(differences: readonly Difference[]): Difference[] {
  const best = new Map<string, Difference>();
  for (const difference of differences) {
    const place = ownPlace(difference.place);
    const known = best.get(place);
    if (known === undefined || weight(difference) < weight(known)) best.set(place, difference);
  }
  return [...best.values()];
}

function weight({ kind, doubtful, needs, quiet }: Difference): number {
  return (doubtful ? 1000 : 0) + (quiet ? 500 : 0) + rank.indexOf(kind) * 10 + needs;
}
