import { readFileSync } from 'node:fs';
import type { Item } from '../cluster-suite/faults/items.ts';

export const tests = new URL('../', import.meta.url);

/** Those that the files do not have, as `file: name`. */
export function missingTests(shownBy: Item['shownBy']): readonly string[] {
  return Object.entries(shownBy).flatMap(([file, names]) =>
    names.filter((name) => !hasTest(file, name)).map((name) => `${file}: ${name}`),
  );
}

/** What `test`, `test.each` and rows of their tables begin with. */
function hasTest(file: string, name: string): boolean {
  const text = readFileSync(new URL(file, tests), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return [`('${name}'`, `\n    '${name}`, `\n      '${name}'`, `['${name}'`, `\n  '${name}`].some((start) =>
    text.includes(start),
  );
}
