import type { Node } from '../read/node.ts';
import type { Place } from './place.ts';

/** `absent`: its parent is there, it is not. `outside`: there is no parent, so nothing can be said. */
export type Slot = Node | 'absent' | 'outside';

/** One concrete thing in all answers: the baseline's first, then the candidate's. */
export interface Row {
  readonly place: Place;
  readonly slots: readonly Slot[];
  /** Where the row is a part of a string: the whole string in each answer. */
  readonly whole?: readonly Slot[];
}

/** One array in all answers; null where an answer has none. `order` names the columns in the order of the answer. */
export interface ListRow {
  readonly place: Place;
  readonly answers: readonly ({
    readonly length: number;
    readonly order: readonly number[];
    /** Of these, the columns that are known for sure: by identity, or equal in all answers. */
    readonly sure: readonly number[];
    readonly node: Node;
  } | null)[];
  /** Lines of a text, or the values of a map: order and membership are told elsewhere or mean nothing. */
  readonly text: boolean;
}

export interface Found {
  readonly rows: Row[];
  readonly lists: ListRow[];
}

export function present(slots: readonly Slot[]): Node[] {
  return slots.filter((slot): slot is Node => typeof slot !== 'string');
}
