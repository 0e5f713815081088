import { expect, test } from 'vitest';
import type { SandboxInspection } from '../../../src/host/api.ts';
import type { ForkStatus } from '../../../src/sandbox/sandbox.ts';
import { inspectedData } from '../../../tools/support/sandbox-data.ts';
import { sandbox } from '../../report/samples.ts';

const long = 'x'.repeat(10_000);
const fork = sandbox.forks[0] as ForkStatus;
const large = (name: string): SandboxInspection => ({
  view: {
    sandbox: {
      ...sandbox,
      name,
      forks: Array.from({ length: 40 }, (_, i) => ({
        ...fork,
        service: `service-${i}`,
        message: long,
        logTail: Array.from({ length: 100 }, () => long),
      })),
    },
    urls: {},
    headers: {},
    unmapped: [],
    warnings: [],
  },
  receipt: { complete: true, counts: [] },
  hops: Array.from({ length: 50 }, (_, i) => ({
    correlation: 'abcdefgh',
    service: 'pricing',
    destination: 'fork' as const,
    status: 200,
    durationMs: i,
    at: '2026-11-22T10:00:01Z',
    refusal: null,
    instance: 'x',
  })),
  runs: [],
  logs: { pricing: Array.from({ length: 100 }, (_, i) => `${i} ${long}`), tax: ['only one'] },
});

test('one sandbox is always shown, within its bound, with the newest of its hops and lines', () => {
  const { sandboxes } = inspectedData([large('one')]);
  expect(JSON.stringify(sandboxes).length).toBeLessThan(14_000);
  expect(sandboxes[0]).toMatchObject({ sandbox: 'one', forks_left_out: expect.any(Number) });
  expect(sandboxes[0]?.hops.at(-1)).toMatchObject({ durationMs: 49 });
  expect(sandboxes[0]?.logs_untrusted.pricing?.at(-1)).toMatch(/^99 x/);
  expect(sandboxes[0]?.logs_untrusted.tax).toEqual(['only one']);
});

test('of many sandboxes as many are shown as fit, and the rest by name', () => {
  const all = Array.from({ length: 100 }, (_, i) => large(`s${i}`));
  const data = inspectedData(all);
  expect(data.sandboxes.map((one) => one.sandbox)).toEqual(['s0']);
  expect(data.not_shown).toHaveLength(99);
  expect(data.not_shown?.[0]).toEqual({ sandbox: 's1', state: 'ready' });
  expect(JSON.stringify(data).length).toBeLessThan(20_000);
  expect(inspectedData([])).toEqual({ sandboxes: [] });
});
