import { describe, expect, test } from 'vitest';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { manifests } from './app.ts';
import { expectWhole } from './killed.ts';
import type { Stage } from './stage.ts';

export function namespaceDeleted(stage: () => Stage): void {
  test('a namespace that is deleted with a live sandbox goes, and holds nothing up', async () => {
    const own = stage();
    const { cluster, doomed: namespace, image } = own;
    await applyYaml(cluster, manifests(image), { namespace });
    await rolledOut(cluster, namespace, ['deployment/pricing']);
    const engine = await own.engineOn(own.kube, namespace);
    try {
      await own.ready('doomed', {}, engine);
      const deleted = await cluster.tryKubectl(['delete', 'namespace', namespace, '--timeout=60s'], {
        seconds: 70,
      });
      const left = await cluster.tryKubectl(['get', 'namespace', namespace, '-o', 'jsonpath={.status}']);
      expect(left.stderr, left.stdout).toContain('NotFound');
      expect(deleted.code).toBe(0);
    } finally {
      await engine.close();
    }
    await own.intact();
  });
}

export function uninstalled(stage: () => Stage): void {
  describe('uninstall with a live sandbox', () => {
    const uninstall = (more: readonly string[] = []) =>
      stage().seatrial(['uninstall', '--system-namespace', stage().systemNamespace, '--keep-crd', ...more]);

    test('is refused, and names it; the sandbox goes on', async () => {
      const own = stage();
      const { routingKey } = await own.ready('alive');
      const refused = await uninstall();
      expect(refused.code).not.toBe(0);
      expect(refused.stderr + refused.stdout).toMatch(/sandboxes-live[\s\S]*alive/);
      expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '200 alive': 3 });
    });

    test('by force: all of ours is gone, the Service is as before, and its owner applies it without conflict', async () => {
      const own = stage();
      const load = await own.caller.load(own.address, null);
      const forced = await uninstall(['--force']);
      expect(forced.code, forced.stderr + forced.stdout).toBe(0);
      expectWhole(await load.stop());
      expect(await own.objectsOf('alive')).toEqual([]);
      expect(await own.service()).toEqual(own.original);
      await own.applyAgain();
      expect(await own.caller.ask(own.address, null, 5)).toEqual({ '200 baseline': 5 });
      const kinds = 'all,cm,sa,role,rolebinding,pdb,networkpolicy,sandboxes.seatrial.dev';
      const named = await own.cluster.kubectl(['-n', own.namespace, 'get', kinds, '-o', 'name']);
      expect(named.split('\n').filter((name) => /seatrial|sbx/.test(name))).toEqual([]);
      const cluster = await own.cluster.kubectl([
        'get',
        'clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding',
        '-o',
        'name',
      ]);
      expect(cluster.split('\n').filter((name) => name.includes(own.systemNamespace))).toEqual([]);
    });
  });
}
