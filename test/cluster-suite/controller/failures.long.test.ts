import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceFork } from '../../../src/sandbox/resource.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { type Bench, openBench } from './bench.ts';

const cluster = await openCluster();
let bench: Bench;

beforeAll(async () => {
  bench = await openBench(cluster, 'controller-fail');
  await bench.start();
});
afterAll(async () => bench.close());

const mode = (value: string): Partial<ResourceFork> => ({ env: [{ name: 'MODE', value }] });
const huge = { requests: { cpu: '1000' } };

describe('a fork that cannot serve fails with its reason, by itself', () => {
  test.each<[string, Partial<ResourceFork>, RegExp]>([
    ['ImagePullFailed', { source: { image: 'registry.invalid/none:1' } }, /Push registry\.invalid/],
    ['CrashLoop', mode('crash'), /exit code 7/],
    ['OOMKilled', mode('oom'), /memory/],
    ['CannotStart', { command: ['/no/such/program'] }, /no\/such\/program/],
    ['Unschedulable', { resources: huge }, /cpu/i],
    ['NeverReady', mode('never-ready'), /readiness/],
    ['ContainerUnknown', { container: 'nope' }, /second, app/],
    ['ForkInvalid', { resources: { requests: { memory: 'much' } } }, /quantit|parse|match/i],
  ])('%s', async (reason, change, says) => {
    const name = reason.toLowerCase();
    await bench.create(name, change);
    const sandbox = await bench.until(
      name,
      (now) => now?.status?.phase === 'Failed' && now.status.forks?.[0]?.reason === reason,
      90,
    );
    const [fork] = sandbox?.status?.forks ?? [];
    const ready = sandbox?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason });
    expect(ready?.message).toMatch(says);
    expect(fork?.next).toMatch(/^[A-Z].*\.$/);
    if (reason === 'CrashLoop') {
      expect(fork?.logTail).toEqual(['starting as crash', 'cannot find the price list']);
      expect(fork?.exit).toEqual({ exitCode: 7, outOfMemory: false });
    }
    if (reason === 'OOMKilled') expect(fork?.exit).toMatchObject({ outOfMemory: true });
    await bench.remove(name);
    await bench.until(name, (gone) => gone === null);
    expect(await bench.objectsOf(name)).toEqual([]);
  });

  test('QuotaExceeded, and serves once there is room', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight' },
      spec: { hard: { pods: '2' } },
    };
    await applyYaml(cluster, JSON.stringify(quota), { namespace: bench.namespace });
    await bench.create('crowded');
    const failed = await bench.until('crowded', (sandbox) => sandbox?.status?.phase === 'Failed');
    expect(failed?.status?.forks?.[0]).toMatchObject({ reason: 'QuotaExceeded' });
    await cluster.kubectl(['-n', bench.namespace, 'delete', 'resourcequota', 'tight']);
    await bench.until('crowded', (sandbox) => sandbox?.status?.phase === 'Ready', 90);
  });
});
