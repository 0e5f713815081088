import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { applyYaml } from './apply.ts';
import { openCluster } from './cluster.ts';
import { findKubeconfig } from './kubeconfig.ts';
import { removeNamespace, scratchNamespace } from './namespace.ts';
import { inNode, nodeTest } from './node.ts';
import { nothingLeft, runId } from './whole-run.ts';

const cluster = await openCluster();

describe('the harness', () => {
  test('opens the cluster that KUBECONFIG names, and no other', () => {
    expect(findKubeconfig({ KUBECONFIG: '/nonesuch' })).toEqual({
      kind: 'missing',
      message: 'KUBECONFIG names no file: /nonesuch',
    });
    expect(findKubeconfig({ HOME: '/nonesuch', SEATRIAL_KIND: '/nonesuch' })).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('npm run cluster:up'),
    });
    expect(findKubeconfig({ KUBECONFIG: cluster.kubeconfig })).toMatchObject({ kind: 'found' });
  });

  test('makes a namespace of this run, and begins to remove it', async () => {
    let name: string;
    {
      await using namespace = await scratchNamespace(cluster, 'suite');
      name = namespace.name;
      expect(name).toContain(`-${runId()}`);
    }
    const phase = ['get', 'namespace', name, '--ignore-not-found', '-o', 'jsonpath={.status.phase}'];
    expect(await cluster.kubectl(phase)).toMatch(/^(Terminating)?$/);
  });

  test('names what a run left behind', async () => {
    const run = randomBytes(3).toString('hex');
    const name = `suite-${run}0000`;
    const held = { name: 'held', finalizers: ['test.seatrial.dev/held'] };
    await cluster.kubectl(['create', 'namespace', name]);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: held };
    await applyYaml(cluster, JSON.stringify(map), { namespace: name });
    await cluster.kubectl(['delete', 'namespace', name, '--wait=false']);
    try {
      await expect(nothingLeft(cluster.kube, run, 3)).rejects.toThrow(`Namespace ${name}`);
    } finally {
      const free = JSON.stringify({ metadata: { finalizers: null } });
      await cluster.kubectl(['-n', name, 'patch', 'configmap', 'held', '--type=merge', '-p', free]);
      await removeNamespace(cluster, name, 60);
    }
    await nothingLeft(cluster.kube, run, 5);
  });

  nodeTest(cluster, 'enters the network of the node', async () => {
    expect(await inNode(cluster, ['cat', '/proc/net/route'])).toContain('Iface');
  });
});
