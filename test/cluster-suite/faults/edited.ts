import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { resources } from '../../../src/kube/resources.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { applyYaml } from '../support/apply.ts';
import { serviceManifests } from './app.ts';
import { expectWhole } from './killed.ts';
import type { Stage } from './stage.ts';

async function find(own: Stage, name: string): Promise<SandboxResource | null> {
  const ref = { resource: resources.sandboxes, namespace: own.namespace, name };
  return own.kube.get<SandboxResource>(ref, AbortSignal.timeout(10_000));
}

/** As somebody with all rights edits the status. */
function patchStatus(own: Stage, name: string, patch: readonly object[]) {
  const flags = ['--subresource=status', '--type=json', '-p', JSON.stringify(patch)];
  return own.cluster.tryKubectl(['-n', own.namespace, 'patch', 'sbx', name, ...flags]);
}

export function edited(stage: () => Stage): void {
  describe('by other hands', () => {
    test('the status of a Sandbox: its key stays, and what else was written is put right', async () => {
      const own = stage();
      const { routingKey } = await own.ready('retold');
      const { keyed, unkeyed } = await own.during(routingKey, async () => {
        for (const patch of [
          [{ op: 'replace', path: '/status/routingKey', value: 'x'.repeat(20) }],
          [{ op: 'remove', path: '/status/routingKey' }],
          [{ op: 'remove', path: '/status' }],
        ]) {
          const refused = await patchStatus(own, 'retold', patch);
          expect([patch, refused.code]).toEqual([patch, 1]);
          expect(refused.stderr).toMatch(/status\.routingKey never/);
        }
        const lie = [{ op: 'replace', path: '/status/phase', value: 'Failed' }];
        expect((await patchStatus(own, 'retold', lie)).code).toBe(0);
        const phase = async () => (await find(own, 'retold'))?.status?.phase;
        await expect.poll(phase, { timeout: 20_000 }).toBe('Ready');
      });
      expect(keyed).toEqual({ '200 retold': expect.any(Number) });
      expectWhole(unkeyed);
      await own.clean('retold');
      await own.intact();
    });

    test('a finalizer on the fork: its key is refused, the teardown says what holds it, and ends when it is off', async () => {
      const own = stage();
      const { routingKey } = await own.ready('clamped');
      const forks = ['deployment', '-l', 'seatrial.dev/sandbox=clamped'];
      const set = (value: unknown) =>
        own.cluster
          .kubectl([...['-n', own.namespace, 'get', ...forks, '-o', 'name']])
          .then((name) =>
            own.cluster.kubectl([
              ...['-n', own.namespace, 'patch', name.trim(), '--type=merge'],
              ...['-p', JSON.stringify({ metadata: { finalizers: value } })],
            ]),
          );
      await set(['audit.example/keep']);
      await own.cluster.kubectl(['-n', own.namespace, 'delete', 'sbx', 'clamped', '--wait=false']);
      const said = async () => JSON.stringify((await find(own, 'clamped'))?.status?.conditions ?? []);
      await expect
        .poll(said, { timeout: 40_000 })
        .toMatch(/held by the finalizers audit\.example\/keep\..*kubectl -n/);
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '503 torn-down': 3 });
      await set(null);
      await expect.poll(() => find(own, 'clamped'), { timeout: 30_000 }).toBeNull();
      expect(await own.objectsOf('clamped')).toEqual([]);
    });

    test('a policy that denies its pods: the Sandbox fails with what it says, and serves once it is off', async () => {
      const own = stage();
      const name = `${own.namespace}-deny`;
      const policy = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': own.namespace } },
            resourceRules: [
              {
                apiGroups: ['apps'],
                apiVersions: ['v1'],
                operations: ['CREATE'],
                resources: ['deployments'],
              },
            ],
          },
          validations: [{ expression: 'false', message: 'no Deployments on Sundays' }],
        },
      };
      const binding = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      };
      try {
        await applyYaml(
          own.cluster,
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy, binding] }),
        );
        // The API server takes a moment to compile it.
        await sleep(3_000);
        await own.begin('denied');
        const sandbox = await own.settled('denied');
        expect(sandbox).toMatchObject({ state: 'failed' });
        expect(sandbox.reason?.message).toMatch(/no Deployments on Sundays/);
        expect(sandbox.reason?.code).not.toBe('forbidden');
        expect(await own.caller.ask(own.address, sandbox.routingKey, 3)).toEqual({ '503 fork-not-ready': 3 });
      } finally {
        await own.cluster.kubectl([
          'delete',
          'validatingadmissionpolicybinding,validatingadmissionpolicy',
          name,
        ]);
      }
      const state = async () => (await find(own, 'denied'))?.status?.phase;
      await expect.poll(state, { timeout: 60_000 }).toBe('Ready');
      await own.clean('denied');
      await own.intact();
    });

    test('a second installation for the same namespace is refused, with what to do', async () => {
      const own = stage();
      const flags = ['--system-namespace', `${own.namespace}-other`, '--namespaces', own.namespace];
      const refused = await own.seatrial(['install', '--image', own.image, ...flags]);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr + refused.stdout).toMatch(
        new RegExp(`installation in ${own.systemNamespace} serves .*${own.namespace}`),
      );
      const made = await own.cluster.tryKubectl(['get', 'namespace', `${own.namespace}-other`]);
      expect(made.stderr).toMatch(/NotFound/);
    });

    test('the enrolled Service deleted and made again: the Sandbox says so, and serves through the new one', async () => {
      const own = stage();
      const { routingKey } = await own.ready('rehoused');
      await own.cluster.kubectl(['-n', own.namespace, 'delete', 'service', 'pricing']);
      const routed = async () =>
        (await find(own, 'rehoused'))?.status?.conditions?.find(({ type }) => type === 'Routed');
      await expect
        .poll(routed, { timeout: 20_000 })
        .toMatchObject({ status: 'False', message: expect.stringMatching(/pricing/) });
      await applyYaml(own.cluster, serviceManifests(), { namespace: own.namespace });
      await expect.poll(routed, { timeout: 60_000 }).toMatchObject({ status: 'True' });
      const at = ['get', 'service', 'pricing', '-o', 'jsonpath={.spec.clusterIP}'];
      const address = await own.cluster.kubectl(['-n', own.namespace, ...at]);
      // Nodes learn of the swap a moment after the API.
      const asked = () => own.caller.ask(address, routingKey, 5);
      await expect.poll(asked, { timeout: 20_000 }).toEqual({ '200 rehoused': 5 });
      expect(await own.caller.ask(address, null, 5)).toEqual({ '200 baseline': 5 });
      expect((await own.engine.teardown('rehoused', AbortSignal.timeout(120_000))).left).toEqual([]);
      expect(await own.caller.ask(address, routingKey, 3)).toEqual({ '503 torn-down': 3 });
    });
  });
}
