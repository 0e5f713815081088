import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startInformer } from '../../../src/kube/informer.ts';
import type { KubeObject, Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { isSwapped } from '../../../src/operator/enrolment/original.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { agentsOn } from './agents-on.ts';
import type { Stage } from './stage.ts';

const routed = ({ status }: SandboxResource) => status?.conditions?.find(({ type }) => type === 'Routed');

/** Versions at which objects were first seen as asked: the API server counts the writes of all kinds in one order. */
function follow(own: Stage, name: string) {
  const stop = new AbortController();
  const first = new Map<'told' | 'given back', bigint>();
  const note = (what: 'told' | 'given back', { metadata }: KubeObject) => {
    if (!first.has(what)) first.set(what, BigInt(metadata.resourceVersion ?? '0'));
  };
  const options = { namespace: own.namespace };
  startInformer<SandboxResource>(own.kube, resources.sandboxes, options, stop.signal).onChange(
    ({ object }) => {
      if (object.metadata.name === name && routed(object)?.status === 'False') note('told', object);
    },
  );
  startInformer<Service>(own.kube, resources.services, options, stop.signal).onChange(({ object }) => {
    if (object.metadata.name === 'pricing' && !isSwapped(object)) note('given back', object);
  });
  return { first, stop: () => stop.abort() };
}

/** No pod more: what is killed stays dead, whatever its owner wants. */
async function holdDown(own: Stage): Promise<void> {
  const spec = { hard: { pods: '0' } };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'no-pods' }, spec };
  await applyYaml(own.cluster, JSON.stringify(quota), { namespace: own.namespace });
  const routers = ['delete', 'pod', '-l', 'seatrial.dev/role=router', '--force', '--grace-period=0'];
  await own.cluster.kubectl(['-n', own.namespace, ...routers]);
}

async function letUp(own: Stage): Promise<void> {
  const { cluster, namespace } = own;
  await cluster.kubectl(['-n', namespace, 'delete', 'resourcequota', 'no-pods']);
  // Its controller was refused so often that it would try again much later: a change wakes it.
  const router = ['-l', 'seatrial.dev/role=router', '--overwrite', 'woken=now'];
  await cluster.kubectl(['-n', namespace, 'label', 'replicaset', ...router]);
  await rolledOut(cluster, namespace, ['deployment/seatrial-router']);
}

/** Its Service leads to the routers, and it is ready. */
async function servesAgain(own: Stage, name: string, key: string): Promise<void> {
  const state = async () => {
    const ref = { resource: resources.sandboxes, namespace: own.namespace, name };
    const found = await own.kube.get<SandboxResource>(ref, AbortSignal.timeout(10_000));
    return [await own.isGivenBack(), found === null ? null : routed(found)?.status];
  };
  await expect.poll(state, { timeout: 60_000, interval: 500 }).toEqual([false, 'True']);
  expect(await own.caller.ask(own.address, key, 10)).toEqual({ [`200 ${name}`]: 10 });
}

export function routersDown(stage: () => Stage): void {
  const open = agentsOn(stage);

  describe('no router', () => {
    test('sandboxes are told before Services lead to the baseline, no run passes, and all comes back', async () => {
      const own = stage();
      const { agent, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const ready = await agent.done('provision_sandbox', { name: 'grounded', changes });
      expect(ready.state, ready.text).toBe('ready');
      const seen = follow(own, 'grounded');
      try {
        const running = await agent.call('run_plan', {
          plan: 'slowly',
          sandbox: 'grounded',
          wait_seconds: 1,
        });
        await holdDown(own);
        await expect.poll(() => own.isGivenBack(), { timeout: 60_000, interval: 300 }).toBe(true);
        const [told = 0n, back = 0n] = [seen.first.get('told'), seen.first.get('given back')];
        expect(told).toBeGreaterThan(0n);
        expect(told).toBeLessThan(back);
        expect(await own.caller.ask(own.address, null, 10)).toEqual({ '200 baseline': 10 });

        const spanning = await agent.done('run_plan', { run: running.run });
        expect(spanning.verdict, spanning.text).toBe('inconclusive');
        const refused = await agent.refused('run_plan', { plan: 'slowly', sandbox: 'grounded' });
        expect(refused.code).toBe('sandbox-not-ready');
        expect(refused.text).toMatch(/router/);
        // For as long as it lasts.
        await sleep(10_000);
        const still = await agent.call('inspect_sandbox', { sandbox: 'grounded' });
        expect(still.text).toMatch(/router/);

        await letUp(own);
        await servesAgain(own, 'grounded', ready.key);
        const again = await agent.done('provision_sandbox', { sandbox: 'grounded' });
        expect(again.state, again.text).toBe('ready');
        expect(again.key).toBe(ready.key);
        const well = await agent.done('run_plan', { plan: 'slowly', sandbox: 'grounded' });
        expect(well.verdict, well.text).toBe('passed');
      } finally {
        seen.stop();
        await own.cluster.tryKubectl(['-n', own.namespace, 'delete', 'resourcequota', 'no-pods']);
      }
      expect(await agent.call('teardown', { sandbox: 'grounded' })).toMatchObject({ left: [] });
      await agent.close();
      await own.intact();
    });

    test('scaled to none by hand: the controller sees to them at once', async () => {
      const own = stage();
      const { routingKey } = await own.ready('unscaled');
      const scale = ['scale', 'deployment/seatrial-router', '--replicas=0'];
      await own.cluster.kubectl(['-n', own.namespace, ...scale]);
      const replicas = ['get', 'deployment/seatrial-router', '-o', 'jsonpath={.spec.replicas}'];
      await expect
        .poll(() => own.cluster.kubectl(['-n', own.namespace, ...replicas]), { timeout: 10_000 })
        .toBe('2');
      await rolledOut(own.cluster, own.namespace, ['deployment/seatrial-router']);
      // Where no router came back in time, baseline callers got their Service back for a while.
      await servesAgain(own, 'unscaled', routingKey);
      await own.clean('unscaled');
      await own.intact();
    });
  });
}
