import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ports } from '../../../src/sandbox/cluster-names.ts';
import type { ForkSpec } from '../../../src/sandbox/sandbox.ts';
import { server } from '../faults/app.ts';
import type { Stage } from '../faults/stage.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { openEngine, serviceOf } from '../support/engine.ts';
import { deployment, listOf, service } from '../support/workload.ts';
import { addressOf } from './add.ts';

const owner = { principal: 'os:test', repository: '/tmp/stage/.git', workingTree: '/tmp/stage' };
const gate = 'queue.example/admitted';

function kube({ cluster, namespace }: Stage, ...args: readonly string[]): Promise<string> {
  return cluster.kubectl(['-n', namespace, ...args]);
}

async function podOf(own: Stage, selector: string): Promise<string> {
  const [pod] = await own.pods(selector);
  if (pod === undefined) throw new Error(`there is no pod of ${selector}`);
  return pod.metadata.name;
}

/** As who set the gate does in the end. */
function admit(own: Stage, pod: string): Promise<string> {
  const open = JSON.stringify({ spec: { schedulingGates: [] } });
  return kube(own, 'patch', 'pod', pod, '--type=merge', '-p', open);
}

/** Passes of the controllers over sandboxes, since they started. */
async function passesOf({ cluster, systemNamespace }: Stage): Promise<number> {
  const read = `fetch('http://127.0.0.1:${ports.health}/metrics').then((answer) => answer.text()).then(console.log)`;
  const inSystem = ['-n', systemNamespace];
  const pods = await cluster.kubectl([...inSystem, 'get', 'pods', '-o', 'name']);
  const texts = await Promise.all(
    pods
      .trim()
      .split('\n')
      .map((pod) => cluster.kubectl([...inSystem, 'exec', pod, '--', 'node', '-e', read])),
  );
  const counts = texts.map((text) => Number(/^seatrial_passes_total (\d+)/m.exec(text)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

export function heldUp(stage: () => Stage): void {
  describe('a pod that others hold up', () => {
    test('by a scheduling gate: the sandbox goes on provisioning, names the gate, and is ready once it is off', async () => {
      const own = stage();
      const gated = deployment({
        name: 'gated',
        image: own.image,
        command: ['node', '-e', server],
        pod: { schedulingGates: [{ name: gate }] },
      });
      await applyYaml(own.cluster, listOf([gated, service('gated')]), { namespace: own.namespace });
      await expect.poll(async () => (await own.pods('app=gated')).length).toBe(1);
      await admit(own, await podOf(own, 'app=gated'));
      await rolledOut(own.cluster, own.namespace, ['deployment/gated']);
      const signal = AbortSignal.timeout(110_000);
      const config = { services: [serviceOf('gated', { observe: false })], maxSandboxes: 9 };
      const engine = await openEngine(own.kube, own.namespace, config, signal);
      try {
        const fork: ForkSpec = {
          service: 'gated',
          env: {},
          revision: { kind: 'image', image: own.image, digest: null, revision: null },
        };
        const spec = { name: 'waiting', owner, leaseSeconds: 600, forks: [fork] };
        const { routingKey } = await engine.provision(spec, signal);
        for await (const { state, forks } of engine.watch('waiting', signal)) {
          expect(state).toBe('provisioning');
          if (forks[0]?.message?.includes(`scheduling gates ${gate}`)) break;
        }
        const at = await addressOf(own, 'gated');
        const asked = () => own.caller.ask(at, routingKey, 2);
        await expect.poll(asked).toEqual({ '503 fork-not-ready': 2 });
        const passes = await passesOf(own);
        await sleep(4_000);
        // It waits for the pod to change, and does not look again and again meanwhile.
        expect((await passesOf(own)) - passes).toBeLessThan(20);

        await admit(own, await podOf(own, 'seatrial.dev/sandbox=waiting'));
        expect(await own.settled('waiting', engine)).toMatchObject({ state: 'ready' });
        await expect.poll(asked).toEqual({ '200 waiting': 2 });
        expect((await engine.teardown('waiting', signal)).left).toEqual([]);
      } finally {
        await engine.close();
      }
      expect(await own.objectsOf('waiting')).toEqual([]);
    });

    test('by an admission policy that denies it: the sandbox fails with its words, and serves once it is off', async () => {
      const own = stage();
      const name = `${own.namespace}-pods`;
      const kind = 'ValidatingAdmissionPolicy';
      const apiVersion = 'admissionregistration.k8s.io/v1';
      const policy = {
        apiVersion,
        kind,
        metadata: { name },
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': own.namespace } },
            objectSelector: { matchLabels: { 'seatrial.dev/sandbox': 'unadmitted' } },
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
            ],
          },
          validations: [{ expression: 'false', message: 'no pods without a ticket' }],
        },
      };
      const binding = {
        apiVersion,
        kind: `${kind}Binding`,
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      };
      const kinds = 'validatingadmissionpolicybinding,validatingadmissionpolicy';
      try {
        await applyYaml(own.cluster, listOf([policy, binding]));
        const probe = ['run', 'probe', `--image=${own.image}`, '--dry-run=server'];
        const labelled = [...probe, '--labels=seatrial.dev/sandbox=unadmitted'];
        // The API server takes a moment to compile it.
        const denied = async () => (await own.cluster.tryKubectl(['-n', own.namespace, ...labelled])).stderr;
        await expect.poll(denied).toMatch(/no pods without a ticket/);
        await own.begin('unadmitted');
        const failed = await own.settled('unadmitted');
        expect(failed).toMatchObject({ state: 'failed', reason: { code: 'pod-refused' } });
        expect(failed.reason?.message).toMatch(/no pods without a ticket/);
        expect(await own.caller.ask(own.address, failed.routingKey, 2)).toEqual({ '503 fork-not-ready': 2 });
      } finally {
        await own.cluster.kubectl(['delete', kinds, name]);
      }
      for await (const { state } of own.engine.watch('unadmitted', AbortSignal.timeout(100_000))) {
        if (state === 'ready') break;
      }
      await own.clean('unadmitted');
      await own.intact();
    });

    test('by a finalizer as it ends: its key is refused, the teardown names it, and ends once it is off', async () => {
      const own = stage();
      const { routingKey } = await own.ready('kept');
      const pod = await podOf(own, 'seatrial.dev/sandbox=kept');
      const set = (finalizers: readonly string[] | null) =>
        kube(own, 'patch', 'pod', pod, '--type=merge', '-p', JSON.stringify({ metadata: { finalizers } }));
      await set(['audit.example/keep']);
      await kube(own, 'delete', 'sbx', 'kept', '--wait=false');
      const said = () => kube(own, 'get', 'sbx', 'kept', '-o', 'jsonpath={.status.conditions[*].message}');
      await expect
        .poll(said, { timeout: 60_000, interval: 1_000 })
        .toMatch(new RegExp(`Pod ${pod} on node \\S+ has not ended .*finalizers audit\\.example/keep\\.`));
      const events = ['get', 'events', '--field-selector', 'reason=TeardownHeldUp'];
      expect(await kube(own, ...events)).toContain(pod);
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '503 torn-down': 3 });
      await set(null);
      const left = () => kube(own, 'get', 'sbx', '-o', 'name');
      await expect.poll(left, { timeout: 30_000 }).not.toContain('kept');
      expect(await own.objectsOf('kept')).toEqual([]);
      await own.intact();
    });
  });
}
