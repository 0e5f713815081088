import { afterAll, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { writeList } from '../../../src/operator/enrolment/list.ts';
import { isSwapped } from '../../../src/operator/enrolment/original.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { openBench } from './bench.ts';

const cluster = await openCluster();
const ns = await scratchNamespace(cluster, 'enrol');
const bench = openBench(cluster, `${ns.name}-system`);
const signal = AbortSignal.timeout(300_000);
afterAll(async () => {
  await ns[Symbol.asyncDispose]();
  bench.kube.close();
});

const ports = `[{ name: http, port: 80, targetPort: web }, { name: grpc, port: 9000, targetPort: 9090 }, { name: redis, port: 6379 }]`;
const manifest = (name: string, extra = '') =>
  `apiVersion: v1
kind: Service
metadata: { name: ${name}, labels: { team: checkout }, annotations: { note: kept } }
spec: { selector: { app: ${name} }, ports: ${ports} ${extra} }`;

/** All but what every write changes. */
function asBefore({ metadata, spec }: Service) {
  const { resourceVersion: _, ...rest } = metadata;
  return { metadata: rest, spec };
}

async function release(name: string): Promise<void> {
  await writeList(bench.kube, ns.name, { [name]: null }, signal);
  await bench.settle(ns.name);
}

describe('a Service that was enrolled and released', () => {
  test.each([
    ['server-side apply', '', (name: string) => applyYaml(cluster, manifest(name), { namespace: ns.name })],
    [
      'kubectl apply of old, with a NodePort',
      ', type: NodePort',
      (name: string) =>
        cluster.kubectl(['-n', ns.name, 'apply', '-f', '-'], { input: manifest(name, ', type: NodePort') }),
    ],
    [
      'kubectl create, without a manager of fields',
      '',
      (name: string) => cluster.kubectl(['-n', ns.name, 'create', '-f', '-'], { input: manifest(name) }),
    ],
  ])('has spec and metadata, owners of fields included, as before: %s', async (_, __, create) => {
    const name = `s${Math.random().toString(36).slice(2, 8)}`;
    await create(name);
    const before = await bench.service(ns.name, name);
    const results = await bench.enrolment.ensure(ns.name, [name], 'user', signal);
    expect(results).toEqual([{ service: name, kind: 'enrolled' }]);

    const enrolled = await bench.service(ns.name, name);
    expect(isSwapped(enrolled)).toBe(true);
    expect(enrolled.spec.ports?.map(({ targetPort }) => targetPort)).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
    const { selector: _s, ports: portsNow, ...rest } = enrolled.spec;
    const { selector: _t, ports: portsThen, ...restThen } = before.spec;
    expect(rest).toEqual(restThen);
    expect(portsNow?.map(({ targetPort: _, ...port }) => port)).toEqual(
      portsThen?.map(({ targetPort: _, ...port }) => port),
    );

    await release(name);
    expect(asBefore(await bench.service(ns.name, name))).toEqual(asBefore(before));
  });
});
