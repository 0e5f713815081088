import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { items, named } from '../cluster-suite/faults/items.ts';
import { sentences } from '../cluster-suite/sentences.ts';
import { missingTests, tests } from './has-test.ts';

test('every fault that the issue names is in the table', () => {
  expect(items.map(({ item }) => item).toSorted()).toEqual([...named].toSorted());
});

test.each(items)('$item: its tests on a cluster exist', ({ shownBy }) => {
  expect(missingTests(shownBy)).toEqual([]);
  expect(Object.values(shownBy).flat().length).toBeGreaterThan(0);
});

test.each(sentences)('section 6, $item: its tests exist', ({ shownBy }) => {
  expect(missingTests(shownBy)).toEqual([]);
  expect(Object.values(shownBy).flat().length).toBeGreaterThan(0);
});

test('no test of a fault on a cluster is skipped or the only one', () => {
  const folder = new URL('cluster-suite/faults/', tests);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect([file, /\b(test|it|describe)\.(skip|only|todo|skipIf|runIf|fails)\b/.test(text)]).toEqual([
      file,
      false,
    ]);
  }
});
