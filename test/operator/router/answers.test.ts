import { expect, test } from 'vitest';
import { RouteAnswers } from '../../../src/operator/router/answers.ts';
import type { DesiredFork } from '../../../src/operator/router/desired.ts';

const fork: DesiredFork = {
  sandbox: 'pr-1',
  sandboxUid: 'uid-pr-1',
  entry: { kind: 'refused', service: 'pricing', key: 'a'.repeat(20), reason: 'fork-not-ready' },
  pod: null,
  addresses: new Map(),
};
const known = { canarySeen: () => false, trouble: () => null };
const soon = AbortSignal.timeout(10_000);

test('tells of a sandbox that its forks are gone, and lets go of it when nobody can wait for that any more', async () => {
  const answers = new RouteAnswers();
  answers.update(true, null, { forks: [fork] }, known, 0);
  const { version, forks } = answers.of('pr-1');
  expect(forks).toMatchObject([{ service: 'pricing', state: 'refused' }]);

  const gone = answers.wait('pr-1', version, 5_000, soon);
  answers.update(true, null, { forks: [] }, known, 1_000);
  const told = await gone;
  expect(told).toMatchObject({ loaded: true, forks: [] });
  expect(told.version).toBeGreaterThan(version);

  answers.update(true, null, { forks: [] }, known, 200_000);
  expect(answers.of('pr-1').version).toBe(told.version);
  answers.update(true, null, { forks: [] }, known, 302_000);
  expect(answers.of('pr-1')).toEqual({ version: 0, loaded: true, trouble: null, forks: [] });

  answers.update(true, null, { forks: [fork] }, known, 303_000);
  expect(answers.of('pr-1').version).toBeGreaterThan(told.version);
});
