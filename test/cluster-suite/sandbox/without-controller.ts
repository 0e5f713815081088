import { expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { findLeftOver, nameOf } from '../../../src/operator/install/left-over.ts';
import { expectWhole } from '../faults/killed.ts';
import type { Stage } from '../faults/stage.ts';

/** Without who owns its fields: tests before this one applied it under other names. */
function asItWas({ metadata: { managedFields: _, ...metadata }, spec }: Pick<Service, 'metadata' | 'spec'>) {
  return { metadata, spec };
}

/** The last test of its stage: nothing of the installation is left. */
export function withoutController(stage: () => Stage): void {
  test('uninstall --force where no controller runs: all of ours is gone, and the Service is as before', async () => {
    const own = stage();
    const { cluster, namespace, systemNamespace } = own;
    const { routingKey } = await own.ready('ownerless');
    const scale = ['scale', 'deployment/seatrial-controller', '--replicas=0'];
    await cluster.kubectl(['-n', systemNamespace, ...scale]);
    const ended = ['wait', '--for=delete', 'pod', '-l', 'seatrial.dev/role=controller', '--timeout=60s'];
    await cluster.kubectl(['-n', systemNamespace, ...ended]);
    expect(await own.caller.ask(own.address, routingKey, 3)).toEqual({ '200 ownerless': 3 });

    const load = await own.caller.load(own.address, null);
    const flags = ['--system-namespace', systemNamespace, '--keep-crd', '--json'];
    const refused = await own.seatrial(['uninstall', ...flags]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr + refused.stdout).toMatch(/sandboxes-live[\s\S]*ownerless/);
    const forced = await own.seatrial(['uninstall', '--force', ...flags]);
    expect(forced.code, forced.stderr + forced.stdout).toBe(0);
    expect(JSON.parse(forced.stdout)).toMatchObject({ sandboxes: 1, left: [] });
    expectWhole(await load.stop());

    expect(await own.objectsOf('ownerless')).toEqual([]);
    expect(await cluster.kubectl(['-n', namespace, 'get', 'sbx', '-o', 'name'])).toBe('');
    const service = await own.service();
    expect(asItWas(service)).toEqual(asItWas(own.original));
    const managers = (service.metadata.managedFields ?? []) as readonly { readonly manager?: string }[];
    expect(managers.filter(({ manager = '' }) => manager.startsWith('seatrial'))).toEqual([]);
    await own.applyAgain();
    const served = (name: string) => name === namespace;
    const left = await findLeftOver(own.kube, systemNamespace, served, AbortSignal.timeout(30_000));
    expect(left.map(nameOf)).toEqual([]);
    expect(await own.caller.ask(own.address, null, 5)).toEqual({ '200 baseline': 5 });
  });
}
