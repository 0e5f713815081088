import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { further, named } from './items.ts';

const folder = new URL('./', import.meta.url);

/** Names of tests in a file: what `test`, `test.each` and rows of their tables begin with. */
function hasTest(file: string, name: string): boolean {
  const text = readFileSync(new URL(file, folder), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return [`('${name}'`, `\n    '${name}'`, `\n      '${name}',`, `['${name}'`].some((start) =>
    text.includes(start),
  );
}

test.each([...named, ...further])('$item: its tests exist', ({ shownBy }) => {
  const missing = Object.entries(shownBy).flatMap(([file, names]) =>
    names.filter((name) => !hasTest(file, name)).map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
  expect(Object.values(shownBy).flat().length).toBeGreaterThan(0);
});

test('no test of a fault is skipped or the only one', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.test.ts'))) {
    if (file === 'items.test.ts') continue;
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect([file, /\b(test|it|describe)\.(skip|only|todo|skipIf|runIf|fails)\b/.test(text)]).toEqual([
      file,
      false,
    ]);
  }
});
