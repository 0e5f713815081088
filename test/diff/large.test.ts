import { beforeAll, describe, expect, it } from 'vitest';
import type { CapturedAnswer } from '../../src/diff/compare.ts';
import { compareSession } from '../../src/diff/session.ts';
import { told } from './support.ts';

/** Five megabytes: past the bound of 4 MiB, fifty times as many items as are sampled. */
const count = 50_000;
type Item = Record<string, unknown>;
const plain = (index: number): Item => ({
  id: index,
  sku: `s${(index * 7919) % 100_003}`,
  name: 'an item of a list',
  price: index / 4,
  tags: ['a', 'b'],
  size: { w: 1, h: index % 9 },
});

type Change = (item: Item, index: number) => unknown;
const list = (change: Change = (item) => item, items = count): string =>
  `{"items":[${Array.from({ length: items }, (_, index) => JSON.stringify(change(plain(index), index))).join()}]}`;

function compare(before: readonly string[], after: readonly string[]) {
  const captured = (text: string, pass: number): CapturedAnswer => ({
    pass,
    answer: {
      kind: 'answer',
      status: 200,
      headers: [['content-type', 'application/json']],
      body: { encoding: 'utf8', text, size: text.length },
      durationMs: 1,
    },
  });
  const pair = {
    id: 'x',
    service: 's',
    method: 'GET',
    pathTemplate: '/',
    baseline: before.map(captured),
    candidate: after.map((text, index) => captured(text, 100 + index)),
  };
  const [compared] = compareSession([pair], { intermittent: false });
  if (compared === undefined) throw new Error('one pair, one comparison');
  return compared;
}

/** Each answer has its own times: what is not sampled differs between any two. */
const stamped =
  (stamp: number, change: Change = (item) => item): Change =>
  (item, index) =>
    change({ ...item, at: `2026-01-01T00:00:0${stamp}Z` }, index);

describe('a list past the stated bound, its values steady', () => {
  let same = '';
  beforeAll(() => {
    same = list();
  });

  it('is compared by samples, structure and one hash, and says so', () => {
    const out = compare([same, same], [same, same]);
    expect(out).toMatchObject({ differs: 'none', findings: [] });
    expect(out.blind).toBeUndefined();
    expect(out.notes).toEqual([expect.stringContaining('larger than 4 MiB')]);
  });

  it('shows a changed value anywhere', () => {
    for (const at of [3, 20_001, count - 1]) {
      const out = compare(
        [same, same],
        [list((item, index) => (index === at ? { ...item, price: -1 } : item))],
      );
      expect(out.findings.map(({ place }) => place)).toEqual([
        at === 20_001 ? '$.items[*]' : '$.items[*].price',
      ]);
    }
  });

  it('shows an item more or less by the length', () => {
    const out = compare([same, same], [list(undefined, count - 1)]);
    expect(told({ ...out, volatile: [] })).toContain('array-length-changed $.items');
  });
});

describe('a list past the stated bound in which every item varies', () => {
  let before: string[] = [];
  beforeAll(() => {
    before = [1, 2].map((stamp) => list(stamped(stamp)));
  });
  const varied = (change?: Change) => [3, 4].map((stamp) => list(stamped(stamp, change)));

  it('says that what lies outside the samples is unseen, and leaves nothing to pass', () => {
    const out = compare(before, varied());
    expect(out).toMatchObject({ differs: 'none', blind: ['$.items[*]'] });
    expect(out.notes).toContainEqual(expect.stringContaining('its values there are unseen'));
    expect(out.volatile.map(({ place }) => place)).toEqual(['$.items[*]', '$.items[*].at']);
  });

  it('shows a changed value in the first, the last and an evenly spaced sample', () => {
    for (const at of [599, 600 + 256 * 100, count - 100]) {
      const out = compare(
        before,
        varied((item, index) => (index === at ? { ...item, name: 'another name' } : item)),
      );
      expect(
        out.findings.map(({ rule, place }) => `${rule} ${place}`),
        `item ${at}`,
      ).toEqual(['value-changed $.items[*].name']);
    }
  });

  const structural: Record<string, readonly [string, Change]> = {
    'a field gone': ['removed-field $.items[*].sku', ({ sku, ...rest }) => rest],
    'a field new': ['added-field $.items[*].extra', (item) => ({ ...item, extra: 1 })],
    'another type': ['type-changed $.items[*].price', (item) => ({ ...item, price: String(item.price) })],
    null: ['null-introduced $.items[*].name', (item) => ({ ...item, name: null })],
    'another type deep within': ['type-changed $.items[*].tags[*]', (item) => ({ ...item, tags: ['a', 1] })],
    'a field gone deep within': ['removed-field $.items[*].size.h', (item) => ({ ...item, size: { w: 1 } })],
    'another thing altogether': ['type-changed $.items[*]', () => 'gone'],
  };
  for (const [name, [finding, change]] of Object.entries(structural)) {
    it(`shows ${name} in a single item that no sample holds`, () => {
      const out = compare(
        before,
        varied((item, index) => (index === 33_333 ? change(item, index) : item)),
      );
      expect(out.findings.map(({ rule, place }) => `${rule} ${place}`)).toEqual([finding]);
    });
  }

  it('takes keys that are data for no structure', () => {
    const keyed =
      (from: number): Change =>
      (item, index) => ({
        ...item,
        map: { [`3f2504e0-4f89-41d3-9a0c-${String(from + (index % 9)).padStart(12, '0')}`]: 1 },
      });
    const texts = [100, 200, 300, 400].map((from) => list(stamped(1, keyed(from))));
    expect(compare(texts.slice(0, 2), texts.slice(2)).findings).toEqual([]);
  });
});
