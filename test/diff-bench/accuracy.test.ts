import { beforeAll, describe, expect, it } from 'vitest';
import { type Results, run } from './run.ts';

/** A floor on a seed of its own, low enough to stand on few cases; the figures are in docs/evidence/diff-accuracy.md. */
describe('on one case of each regression and each noise', () => {
  let results: Results;
  beforeAll(() => {
    results = run({ seeds: ['floor'], perRegression: 1, perNoise: 1, mixedNoise: 60, counts: [] });
  }, 1_800_000);

  it('smart diff finds what is wrong, and tells little else', () => {
    expect(results.structural.both.recall).toBeGreaterThan(0.95);
    expect(results.structural.both.precision).toBeGreaterThan(0.95);
    expect(results.value.both.recall).toBeGreaterThan(0.93);
    expect(results.value.both.precision).toBeGreaterThan(0.95);
    expect(results.structural.both.severity).toBeGreaterThan(0.95);
    expect(results.value.both.severity).toBeGreaterThan(0.95);
  });

  it('of 139 noisy requests at most one has a finding', () => {
    expect(results.noise.both.clean).toBeGreaterThan(130);
    expect(results.noise.both.alarmed).toBeLessThanOrEqual(1);
  });

  it('in its mode finds nearly all that shows at all', () => {
    expect(results.shown['1/3'].both.recall).toBeGreaterThan(0.95);
  });

  it('no rival comes near', () => {
    const own = results.byAnswers.get('2 to 7, confirmed');
    for (const rival of results.rivals.values()) expect(rival.f1 + 0.1).toBeLessThan(own?.f1 ?? 0);
  });
});
