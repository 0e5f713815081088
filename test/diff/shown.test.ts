import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alsoShown, badInput, design, doneWhen, whatToBuild } from './shown.ts';

const tests = new URL('../', import.meta.url);
const evidence = new URL('../../docs/evidence/', import.meta.url);

function hasTest(file: string, name: string): boolean {
  const text = readFileSync(new URL(file, tests), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return [`('${name}'`, `(\`${name}\``, `\n  '${name}'`, `\n    '${name}'`, `, ${name}]`].some((start) =>
    text.includes(start),
  );
}

describe('what the issue asks to be shown', () => {
  it.each([...whatToBuild, ...alsoShown, ...badInput, ...doneWhen, ...design])(
    '$sentence: its tests exist',
    ({ shownBy }) => {
      const missing = Object.entries(shownBy).flatMap(([file, names]) =>
        names.filter((name) => !hasTest(file, name)).map((name) => `${file}: ${name}`),
      );
      expect(missing).toEqual([]);
      expect(Object.values(shownBy).flat().length).toBeGreaterThan(0);
    },
  );

  it('every bar of the issue, met on the held-out seeds, with the rivals beside it', () => {
    const page = readFileSync(new URL('diff-accuracy.md', evidence), 'utf8');
    const bench = readFileSync(new URL('../bench/diff.ts', tests), 'utf8');
    const seeds = /heldOut = \[([^\]]+)\]/.exec(bench)?.[1]?.match(/[^',]+(?=')/g) ?? [];
    expect(seeds.map((seed) => seed.trim()).filter((seed) => seed !== '')).toHaveLength(3);
    for (const seed of seeds) expect(page.split('## Bars')[0]).toContain(seed.trim());
    expect(page).toContain('which nobody tuned on');
    const bars = [...page.matchAll(/^\| ([^|]+?) +\| ([^|]+?) +\| (yes|\*\*no\*\*|–) +\|$/gm)];
    const names = bars.map(([, what = '']) => what);
    for (const bar of [
      'structure: recall ≥ 0.99, both halves',
      'structure: precision ≥ 0.99, both halves',
      'value, order, presence: recall ≥ 0.97, both halves',
      'value, order, presence: precision ≥ 0.98, both halves',
      'severity right ≥ 0.95, both halves',
      'false alarms per 1,000 noisy requests ≤ 1',
      'intermittent at 1/3: recall ≥ 0.9, both halves',
      'F1 higher than every rival’s',
      'no rival as good on precision and recall',
      'same captures, same bytes',
      'time ≤ 3 × json-diff-ts',
      '50 MB within 512 MiB',
    ])
      expect(names).toContain(bar);
    expect(bars.filter(([, , , met]) => met === '**no**').map(([, what]) => what)).toEqual([]);
    for (const rival of ['raw structural diff', 'Diffy', 'Keploy', 'inferred schema'])
      expect(page).toMatch(new RegExp(`^\\| ${rival} +\\| [0-9.]+ +\\| [0-9.]+ +\\|`, 'm'));
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
