import type { Dimension } from '../finding.ts';
import type { Node } from '../read/node.ts';
import type { Place } from './place.ts';

export type DifferenceKind =
  | 'removed'
  | 'added'
  | 'moved'
  | 'null'
  | 'type'
  | 'format'
  | 'value'
  | 'length'
  | 'order'
  | 'varies'
  | 'no-answer'
  | 'calls'
  | 'failures';

/** What is not as the baseline is, before any judgement. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly place: Place;
  /** What the baseline showed, and what the candidate shows instead; undefined where it is not there. */
  readonly before: Node | undefined;
  readonly after: Node | undefined;
  /** For `moved`: where it is now. For `varies`: what varies. */
  readonly to?: string;
  readonly dimension?: Dimension;
  /** Answers a side that it takes before it is believed. */
  readonly needs: number;
  /** The answers at hand speak against it as much as for it. */
  readonly doubtful: boolean;
  /** Candidate answers that show it, of those that could. */
  readonly seen: number;
  readonly of: number;
  /** Answers of the side with fewer that could show it at all: an item may stand in some answers only. Missing: all. */
  readonly rests?: number;
  /** Chance shows it too often on few answers to be told of: until it is confirmed it only asks for more. */
  readonly quiet?: true;
  /** How the baseline behaves here, a clause for the explanation. */
  readonly steady: string;
}

/** What still shows at a place whose value is noise. */
export interface UnderNoise {
  readonly kind: 'value' | 'format';
  readonly needs: number;
  /** See `Difference.quiet`. */
  readonly quiet?: true;
  readonly steady: string;
}

/** Answers a side that settle what chance could have done by itself: presence, order, values of low entropy. */
export const manyAnswers = 7;
/** Answers a side that settle what chance does not do: types, statuses, formats. */
export const fewAnswers = 2;
