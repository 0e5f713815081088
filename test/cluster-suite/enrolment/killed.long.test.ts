import { afterAll, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { writeList } from '../../../src/operator/enrolment/list.ts';
import { isSwapped, storedOriginal } from '../../../src/operator/enrolment/original.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { openBench } from './bench.ts';

const cluster = await openCluster();
const ns = await scratchNamespace(cluster, 'install');
const bench = openBench(cluster, `${ns.name}-system`);
const signal = AbortSignal.timeout(300_000);
afterAll(async () => {
  await ns[Symbol.asyncDispose]();
  bench.kube.close();
});

const yaml = (name: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: web }] }`;

function settled({ metadata, spec }: Service) {
  const { resourceVersion: _, ...rest } = metadata;
  return { metadata: rest, spec };
}

/** Kills the first controller after 0, 1, 2 … writes until it lives to the end, and lets the next one go on each time. */
async function killedAfterEach(
  work: (writes: number) => Promise<unknown>,
  then: (writes: number) => Promise<void>,
): Promise<number> {
  for (let writes = 0; writes < 20; writes++) {
    const killed = await work(writes).then(
      () => false,
      (error: Error) => error.message === 'killed' || Promise.reject(error),
    );
    await then(writes);
    if (!killed) return writes;
  }
  throw new Error('it never gets to its end');
}

test('a controller that is killed between two writes of enrolling or releasing leaves nothing half done to the next', async () => {
  // The namespace is prepared by one that lives; what follows are the writes to Services.
  await applyYaml(cluster, yaml('first'), { namespace: ns.name });
  await bench.enrolment.ensure(ns.name, ['first'], 'user', signal);
  const before = new Map<number, ReturnType<typeof settled>>();
  const nameOf = (writes: number) => `killed-${writes}`;

  const enrolling = await killedAfterEach(
    async (writes) => {
      await applyYaml(cluster, yaml(nameOf(writes)), { namespace: ns.name });
      before.set(writes, settled(await bench.service(ns.name, nameOf(writes))));
      return bench.mortal(writes).ensure(ns.name, [nameOf(writes)], 'user', signal);
    },
    async (writes) => {
      const found = await bench.service(ns.name, nameOf(writes));
      // Never pointed to routers without knowing the way back.
      if (isSwapped(found)) expect(storedOriginal(found)).not.toBeNull();
      expect(await bench.enrolment.ensure(ns.name, [nameOf(writes)], 'user', signal)).toEqual([
        { service: nameOf(writes), kind: 'enrolled' },
      ]);
    },
  );
  expect(enrolling, 'writes of one enrolment').toBeGreaterThanOrEqual(3);

  for (let writes = 0; writes <= enrolling; writes++) {
    await writeList(bench.kube, ns.name, { [nameOf(writes)]: null }, signal);
    const mortal = bench.mortal(writes);
    for (let look = 0; look < 6; look++) await mortal.reconcile(ns.name, signal).catch(() => {});
    const found = await bench.service(ns.name, nameOf(writes));
    if (isSwapped(found)) expect(storedOriginal(found)).not.toBeNull();
    await bench.settle(ns.name);
    expect(settled(await bench.service(ns.name, nameOf(writes))), nameOf(writes)).toEqual(before.get(writes));
  }
});
