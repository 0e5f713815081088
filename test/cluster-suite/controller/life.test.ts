import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, NetworkPolicy, Pod } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { type Bench, type Controller, openBench } from './bench.ts';

const cluster = await openCluster();
let bench: Bench;
let controller: Controller;
const signal = AbortSignal.timeout(600_000);

beforeAll(async () => {
  bench = await openBench(cluster, 'controller-life');
  controller = await bench.start();
});
afterAll(async () => bench.close());

const ready = (name: string, generation = 1) =>
  bench.until(
    name,
    (sandbox) => sandbox?.status?.phase === 'Ready' && (sandbox.status.observedGeneration ?? 0) >= generation,
  );
const gone = (name: string) => bench.until(name, (sandbox) => sandbox === null);
const podOf = async (name: string) => {
  const options = { namespace: bench.namespace, labelSelector: `seatrial.dev/sandbox=${name}` };
  return (await bench.kube.list<Pod>(resources.pods, options, signal)).items;
};

interface Rule {
  readonly ports?: readonly { readonly port?: number }[];
}

describe('a sandbox', () => {
  test('forks a rich Deployment, serves, and leaves a tombstone and nothing else: at most 12 writes, 5 objects', async () => {
    await bench.until('none', () => true);
    const before = await controller.writes();
    await bench.create('whole');
    const sandbox = await ready('whole');
    const key = sandbox?.status?.routingKey ?? '';
    expect(key).toMatch(/^[a-z0-9]{20}$/);
    expect(sandbox?.status?.forks).toMatchObject([
      { service: 'pricing', workload: 'pricing', ready: true, restarts: 0 },
    ]);
    const conditions = (sandbox?.status?.conditions ?? []).map(({ type, status, reason }) => [
      type,
      status,
      reason,
    ]);
    expect(conditions).toEqual([
      ['Forked', 'True', 'Running'],
      ['Routed', 'True', 'RoutesLoaded'],
      ['Ready', 'True', 'Serving'],
      ['Expiring', 'False', 'LeaseActive'],
    ]);
    const made = (await bench.objectsOf('whole')).filter((object) => !/^(ReplicaSet|Pod) /.test(object));
    expect(made.map((object) => object.split(' ')[0]).sort()).toEqual(['Deployment', 'NetworkPolicy']);
    const [pod] = await podOf('whole');
    expect(pod?.spec.containers.map(({ name }) => name)).toEqual(['second', 'app']);
    expect(pod?.metadata.labels?.app).toBeUndefined();

    await bench.remove('whole');
    await gone('whole');
    expect(await bench.objectsOf('whole')).toEqual([]);
    expect(JSON.parse((await bench.tombstones())[key] ?? '')).toMatchObject({
      sandbox: 'whole',
      services: ['pricing'],
      reason: 'torn-down',
    });
    // The client's own two are a create and a delete; the clone of a policy is apart.
    expect((await controller.writes()) - before - 2 + 2).toBeLessThanOrEqual(12);
  });

  test('is torn down when its lease is over, and its key says expired', async () => {
    await bench.create('short', {}, { lease: { durationSeconds: 6, maxSeconds: 60 } });
    const sandbox = await bench.until('short', (now) => now?.status?.routingKey !== undefined);
    await gone('short');
    expect(await bench.objectsOf('short')).toEqual([]);
    const entry = (await bench.tombstones())[sandbox?.status?.routingKey ?? ''];
    expect(JSON.parse(entry ?? '')).toMatchObject({ reason: 'expired' });
  });

  test('gets another pod when its fork changes, and none when only its lease does', async () => {
    await bench.create('changing');
    const first = await ready('changing');
    await bench.patch('changing', { lease: { renewTime: new Date().toISOString() } });
    const renewed = await ready('changing', 2);
    expect(renewed?.status?.forks?.[0]?.podUID).toBe(first?.status?.forks?.[0]?.podUID);
    expect(Date.parse(renewed?.status?.expiresAt ?? '')).toBeGreaterThan(
      Date.parse(first?.status?.expiresAt ?? ''),
    );
    const source = first?.spec.forks[0]?.source;
    await bench.patch('changing', {
      forks: [{ service: 'pricing', source, env: [{ name: 'MODE', value: 'ok' }] }],
    });
    const changed = await ready('changing', 3);
    expect(changed?.status?.forks?.[0]?.podUID).not.toBe(first?.status?.forks?.[0]?.podUID);
    expect(changed?.status?.routingKey).toBe(first?.status?.routingKey);
    expect(
      (await podOf('changing')).filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    ).toHaveLength(1);
  });

  test('has the policies of its baseline while they come, change and go', async () => {
    await bench.create('guarded');
    await ready('guarded');
    const specs = async () => {
      const options = { namespace: bench.namespace, labelSelector: 'seatrial.dev/sandbox=guarded' };
      const { items } = await bench.kube.list<NetworkPolicy>(resources.networkPolicies, options, signal);
      return items
        .map(({ spec }) => spec.ingress as readonly Rule[])
        .flatMap((rules) => rules.map(({ ports }) => ports?.[0]?.port ?? 'any'))
        .sort();
    };
    const apply = (port: number) =>
      applyYaml(
        cluster,
        `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: later }
spec: { podSelector: { matchLabels: { app: pricing } }, ingress: [{ ports: [{ port: ${port} }] }] }`,
        { namespace: bench.namespace },
      );
    const seen = { timeout: 15_000 };
    await apply(81);
    await expect.poll(specs, seen).toEqual([81, 'any']);
    await apply(82);
    await expect.poll(specs, seen).toEqual([82, 'any']);
    await cluster.kubectl(['-n', bench.namespace, 'delete', 'networkpolicy', 'later']);
    await expect.poll(specs, seen).toEqual(['any']);
  });

  test('makes its fork again when somebody deletes it, and says that it does not serve meanwhile', async () => {
    await bench.create('robbed');
    const first = await ready('robbed');
    const name = (await bench.objectsOf('robbed'))
      .find((object) => object.startsWith('Deployment '))
      ?.split(' ')[1];
    const ref = { resource: resources.deployments, namespace: bench.namespace, name: name ?? '' };
    await bench.kube.delete(ref, { propagation: 'Foreground' }, signal);
    await bench.until('robbed', (sandbox) => sandbox?.status?.phase === 'Provisioning');
    const again = await ready('robbed');
    expect(again?.status?.forks?.[0]?.podUID).not.toBe(first?.status?.forks?.[0]?.podUID);
    expect(await bench.kube.get<Deployment>(ref, signal)).not.toBeNull();
  });

  test('whose finalizer is taken off by hand is buried and cleared all the same', async () => {
    await bench.create('forced');
    const sandbox = await ready('forced');
    const ref = { resource: resources.sandboxes, namespace: bench.namespace, name: 'forced' };
    await bench.kube.patch(ref, { kind: 'merge', body: { metadata: { finalizers: [] } } }, signal);
    await bench.remove('forced');
    const key = sandbox?.status?.routingKey ?? '';
    await bench.until('forced', () => true);
    await expect.poll(async () => key in (await bench.tombstones()), { timeout: 30_000 }).toBe(true);
    await expect.poll(() => bench.objectsOf('forced'), { timeout: 60_000 }).toEqual([]);
  });
});
