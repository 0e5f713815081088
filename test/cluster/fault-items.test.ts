import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { items, named, notShown } from '../cluster-suite/faults/items.ts';

const tests = new URL('../', import.meta.url);

/** What `test`, `test.each` and rows of their tables begin with. */
function hasTest(file: string, name: string): boolean {
  const text = readFileSync(new URL(file, tests), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return [`('${name}'`, `\n    '${name}`, `\n      '${name}'`, `['${name}'`, `\n  '${name}`].some((start) =>
    text.includes(start),
  );
}

test('every fault that the issue names is in the table, or told as not shown', () => {
  expect([...items.map(({ item }) => item), ...notShown].toSorted()).toEqual([...named].toSorted());
});

test.each(items)('$item: its tests on a cluster exist', ({ shownBy }) => {
  const missing = Object.entries(shownBy).flatMap(([file, names]) =>
    names.filter((name) => !hasTest(file, name)).map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
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
