import { describe, expect, test } from 'vitest';
import { applyYaml } from './apply.ts';
import { openCluster } from './cluster.ts';
import { findKubeconfig } from './kubeconfig.ts';
import { scratchNamespace } from './namespace.ts';
import { inNode, nodeTest } from './node.ts';

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

  test('makes a namespace, applies to it, and leaves nothing of it', async () => {
    let name: string;
    {
      await using namespace = await scratchNamespace(cluster, 'suite');
      name = namespace.name;
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: 'b' } };
      await applyYaml(cluster, JSON.stringify(map), { namespace: name });
      expect(await cluster.kubectl(['-n', name, 'get', 'configmap', 'one', '-o', 'jsonpath={.data.a}'])).toBe(
        'b',
      );
    }
    expect((await cluster.tryKubectl(['get', 'namespace', name])).stderr).toContain('NotFound');
  });

  nodeTest(cluster, 'enters the network of the node', async () => {
    expect(await inNode(cluster, ['cat', '/proc/net/route'])).toContain('Iface');
  });
});
