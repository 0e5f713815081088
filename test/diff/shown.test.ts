import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alsoShown, badInput } from './shown.ts';

const tests = new URL('../', import.meta.url);
const evidence = new URL('../../docs/evidence/', import.meta.url);

function hasTest(file: string, name: string): boolean {
  const text = readFileSync(new URL(file, tests), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return [`('${name}'`, `(\`${name}\``, `\n  '${name}'`, `\n    '${name}'`, `, ${name}]`].some((start) =>
    text.includes(start),
  );
}

describe('what the issue asks to be shown', () => {
  it.each([...alsoShown, ...badInput])('$sentence: its tests exist', ({ shownBy }) => {
    const missing = Object.entries(shownBy).flatMap(([file, names]) =>
      names.filter((name) => !hasTest(file, name)).map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
    expect(Object.values(shownBy).flat().length).toBeGreaterThan(0);
  });

  it('at least four real programs, each with its changelog, and each version against itself in 200 requests', () => {
    const pages = readdirSync(evidence)
      .filter((name) => name !== 'diff-accuracy.md')
      .map((name) => readFileSync(new URL(name, evidence), 'utf8'))
      .filter((page) => page.includes('## What the changelog says, and whether it was found'));
    expect(pages.length).toBeGreaterThanOrEqual(4);
    for (const page of pages) {
      const rows = [
        ...(page.split('## Each version against itself')[1]?.matchAll(/^\|[^|]*\| (\d+) \| (\d+) \|/gm) ??
          []),
      ];
      expect(rows).toHaveLength(2);
      for (const [, requests, findings] of rows) {
        expect(Number(requests)).toBeGreaterThanOrEqual(200);
        expect(Number(findings)).toBe(0);
      }
    }
  });
});
