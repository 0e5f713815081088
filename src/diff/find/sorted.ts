import type { Node } from '../read/node.ts';
import { type Difference, fewAnswers, manyAnswers } from './difference.ts';
import { stringFormat } from './format.ts';
import { meaning } from './meaning.ts';
import type { Noise } from './noise.ts';
import type { ListRow } from './row.ts';

type Answers = ListRow['answers'];
type Key = number | string;

/** How unlikely it must be, as a logarithm, that lists in no order look sorted: to be asked about, and to be told. */
const asked = Math.log(20);
const told = 1.5 * Math.log(5000);
const most = 12;

/**
 * A list whose items are others each time (the newest of a feed) has no order of items to compare, but may be sorted by
 * what stands in them. Where every baseline answer is sorted by some fields, and no candidate answer by any of those,
 * its order is another one.
 */
export function sortBroken(list: ListRow, baseline: number, noise: Noise): Difference | null {
  if (list.text || baseline < fewAnswers) return null;
  if (!(noise.has(list.place, 'value') || noise.has(list.place, 'length'))) return null;
  const before = itemsOf(list.answers.slice(0, baseline));
  const after = itemsOf(list.answers.slice(baseline));
  const [first] = before;
  if (first === undefined || before.length < fewAnswers || after.length < fewAnswers) return null;
  let surest = 0;
  for (const name of fieldsOf(first)) {
    const was = before.map((items) => run(items, name));
    const directions = new Set(was.map(({ direction }) => direction));
    const [direction] = directions;
    if (directions.size !== 1 || direction === undefined || direction === 0) continue;
    if (after.some((items) => run(items, name).direction === direction)) return null;
    surest = Math.max(
      surest,
      was.reduce((sum, { luck }) => sum + luck, 0),
    );
  }
  const sure = surest >= told;
  if (surest < asked || (!sure && before.length >= manyAnswers)) return null;
  return {
    kind: 'order',
    place: list.place,
    before: list.answers.slice(0, baseline).find((answer) => answer !== null)?.node,
    after: list.answers.slice(baseline).find((answer) => answer !== null)?.node,
    needs: sure ? fewAnswers : manyAnswers,
    doubtful: false,
    ...(sure ? {} : { quiet: true }),
    seen: after.length,
    of: after.length,
    rests: Math.min(before.length, after.length),
    steady: 'every baseline answer is sorted in the same way',
  };
}

function itemsOf(answers: Answers): (readonly Node[])[] {
  return answers.flatMap((answer) => (answer?.node.kind === 'array' ? [answer.node.items] : []));
}

/** Of records their fields, of scalars the item itself (null). */
function fieldsOf([first]: readonly Node[]): readonly (string | null)[] {
  return first?.kind === 'object' ? [...first.entries.keys()].slice(0, most) : [null];
}

/** Which way the values go: 1 up, -1 down, 0 neither; and how unlikely that is of so many in no order. */
function run(items: readonly Node[], name: string | null): { direction: number; luck: number } {
  const none = { direction: 0, luck: 0 };
  const values: Key[] = [];
  for (const item of items) {
    const key = keyOf(name === null ? item : memberOf(item, name));
    if (key === null || typeof key !== typeof (values[0] ?? key)) return none;
    values.push(key);
  }
  if (values.length < 2) return none;
  const steps = values.slice(1).map((value, at) => Math.sign(compare(value, values[at] ?? value)));
  const [direction = 0, ...others] = new Set(steps.filter((step) => step !== 0));
  if (others.length > 0) return none;
  let luck = 0;
  for (let factor = 2; factor <= new Set(values).size; factor += 1) luck += Math.log(factor);
  return { direction, luck };
}

function compare(one: Key, other: Key): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function memberOf(item: Node, name: string): Node | undefined {
  return item.kind === 'object' ? item.entries.get(name) : undefined;
}

/** Numbers by value, times as instants, other texts by their characters; ids and all else are sorted by nobody. */
function keyOf(node: Node | undefined): Key | null {
  if (node?.kind === 'number') return Number(node.raw);
  if (node?.kind !== 'string') return null;
  if (!stringFormat(node.text).startsWith('timestamp')) return node.text;
  const [, instant] = meaning(node).split(' ');
  return Number(instant);
}
