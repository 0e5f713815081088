import type { Dimension } from '../finding.ts';
import type { Node } from '../read/node.ts';
import { chanceOfSteadiness, doubtLimit } from './chance.ts';
import { type Difference, type DifferenceKind, fewAnswers, manyAnswers } from './difference.ts';
import type { Noise } from './noise.ts';
import { present, type Row, type Slot } from './row.ts';
import type { View } from './view.ts';

export interface RowContext {
  readonly baseline: number;
  readonly noise: Noise;
  readonly view: View;
  readonly intermittent: boolean;
}

/** One row with what both sides show at it. */
export interface Sides {
  readonly row: Row;
  readonly context: RowContext;
  readonly before: readonly Node[];
  readonly after: readonly Node[];
  readonly of: number;
  readonly rests: number;
}

export function forgiven(sides: Sides, dimension: Dimension): boolean {
  return sides.context.noise.has(sides.row.place, dimension);
}

export function varies(
  sides: Sides,
  dimension: Dimension,
  seen: number,
  after: Node | undefined,
  steady: string,
  luck = 0,
  variety = 2,
): Difference {
  const chance = Math.max(luck, chanceOfSteadiness(sides.before.length, sides.of, sides.of - seen));
  const limit = doubtLimit(dimension, variety);
  const base = difference(
    sides,
    'varies',
    sides.before[0],
    after,
    seen,
    chance <= limit ? fewAnswers : manyAnswers,
    steady,
  );
  return { ...base, dimension, doubtful: chance > limit };
}

export function difference(
  sides: Sides,
  kind: DifferenceKind,
  before: Node | undefined,
  after: Node | undefined,
  seen: number,
  needs: number,
  steady: string,
): Difference {
  const { of, rests } = sides;
  const { place, whole } = sides.row;
  const { baseline } = sides.context;
  const inPart = whole !== undefined;
  const shown = inPart ? wholeOf(whole, baseline) : { before, after };
  const keeps = kind === 'format' || kind === 'varies' || (kind === 'added' && place.open === true);
  const inPartKind = inPart && !keeps ? 'value' : kind;
  return { kind: inPartKind, place, ...shown, needs, doubtful: false, seen, of, rests, steady };
}

function wholeOf(
  whole: readonly Slot[],
  baseline: number,
): { before: Node | undefined; after: Node | undefined } {
  return { before: present(whole.slice(0, baseline))[0], after: present(whole.slice(baseline))[0] };
}
