import { describe, expect, test } from 'vitest';
import { resources } from '../../../src/kube/resources.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { crdYaml } from '../support/apply.ts';
import { agentsOn } from './agents-on.ts';
import type { Stage } from './stage.ts';

const older = crdYaml.replace(/(seatrial\.dev\/crd-version: )"\d+"/, '$1"0"');

/** As an earlier version of `seatrial install` would have left it. */
async function apply(own: Stage, text: string): Promise<void> {
  const manager = ['--server-side', '--force-conflicts', '--field-manager=seatrial-cli'];
  await own.cluster.kubectl(['apply', ...manager, '-f', '-'], { input: text });
}

/** The next step that every message names. */
async function install(own: Stage): Promise<void> {
  const { image, namespace, doomed, systemNamespace } = own;
  const flags = [
    '--system-namespace',
    systemNamespace,
    '--namespaces',
    [doomed, namespace].toSorted().join(','),
  ];
  const installed = await own.seatrial(['install', '--image', image, ...flags]);
  expect(installed.code, installed.stdout + installed.stderr).toBe(0);
}

async function stateOf(own: Stage, name: string) {
  const ref = { resource: resources.sandboxes, namespace: own.namespace, name };
  const found = await own.kube.get<SandboxResource>(ref, AbortSignal.timeout(10_000));
  const ready = found?.status?.conditions?.find(({ type }) => type === 'Ready');
  return { phase: found?.status?.phase, reason: ready?.reason, message: ready?.message };
}

async function notReady(own: Stage): Promise<string> {
  const pods = ['get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].ready}'];
  return own.cluster.kubectl(['-n', own.systemNamespace, ...pods]);
}

export function crdFaults(stage: () => Stage): void {
  const open = agentsOn(stage);

  describe('the CRD', () => {
    test('that is older: Sandbox, agent, doctor and controller say it; after install all goes on', async () => {
      const own = stage();
      const { agent, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const ready = await agent.done('provision_sandbox', { name: 'aged', changes });
      expect(ready.state, ready.text).toBe('ready');
      try {
        await apply(own, older);
        await expect
          .poll(() => stateOf(own, 'aged'), { timeout: 20_000 })
          .toMatchObject({
            phase: 'Failed',
            reason: 'CrdOlder',
            message: expect.stringMatching(/version 0, and the controller needs \d+.*seatrial install/),
          });
        const refused = await agent.done('provision_sandbox', { name: 'younger', changes });
        expect(refused).toMatchObject({ state: 'failed', reason: { code: 'crd-older' } });
        expect(refused.text).toMatch(/seatrial install/);
        expect((await agent.refused('run_plan', { plan: 'slowly', sandbox: 'aged' })).text).toMatch(
          /seatrial install/,
        );
        const doctor = await own.seatrial(['doctor', '--namespace', own.namespace]);
        expect(doctor.code).toBe(4);
        expect(doctor.stdout).toMatch(
          /FAIL CRD: .*version 0, and \d+ is needed.\s+Next: Run seatrial install/,
        );
        await expect.poll(() => notReady(own), { timeout: 60_000, interval: 500 }).toBe('false false');
      } finally {
        await install(own);
      }
      await expect.poll(() => stateOf(own, 'aged'), { timeout: 30_000 }).toMatchObject({ phase: 'Ready' });
      const again = await agent.done('provision_sandbox', { sandbox: 'younger' });
      expect(again.state, again.text).toBe('ready');
      expect(await own.caller.ask(own.address, ready.key, 3)).toEqual({ '200 aged': 3 });
      expect(await agent.call('teardown', { all: true })).toMatchObject({ left: [] });
      await agent.close();
      await own.intact();
    });

    test('that is deleted: its sandboxes end in order; agent and doctor say it; after install all goes on', async () => {
      const own = stage();
      const { agent, tree } = await open();
      const changes = [{ service: 'pricing', image: own.image, revision: tree }];
      const ready = await agent.done('provision_sandbox', { name: 'pulled', changes });
      expect(ready.state, ready.text).toBe('ready');
      try {
        const { keyed, unkeyed } = await own.during(ready.key, async () => {
          await own.cluster.kubectl(['delete', 'crd', 'sandboxes.seatrial.dev', '--timeout=60s']);
          expect(await own.objectsOf('pulled')).toEqual([]);
        });
        expect(keyed).not.toHaveProperty('200 baseline');
        expect(Object.keys(unkeyed)).toEqual(['200 baseline']);
        const refused = await agent.refused('provision_sandbox', { name: 'next', changes });
        expect(refused).toMatchObject({ code: 'not-installed' });
        expect(refused.text).toMatch(/seatrial install/);
        const other = await open();
        const first = await other.agent.refused('provision_sandbox', { name: 'next', changes });
        expect(first).toMatchObject({ code: 'not-installed' });
        await other.agent.close();
        const doctor = await own.seatrial(['doctor', '--namespace', own.namespace]);
        expect(doctor.code).toBe(4);
        expect(doctor.stdout).toMatch(/FAIL CRD: .*not installed.\s+Next: Run seatrial install/);
        await expect.poll(() => notReady(own), { timeout: 60_000, interval: 500 }).toBe('false false');
      } finally {
        await install(own);
      }
      const again = await agent.done('provision_sandbox', { name: 'next', changes });
      expect(again.state, again.text).toBe('ready');
      expect(await own.caller.ask(own.address, again.key, 3)).toEqual({ '200 next': 3 });
      expect(await agent.call('teardown', { all: true })).toMatchObject({ left: [] });
      await agent.close();
      await own.intact();
    });
  });
}
