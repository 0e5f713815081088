import { join } from 'node:path';
import type { KubeApi } from '../../../src/kube/api.ts';
import { resources } from '../../../src/kube/resources.ts';
import { findObjects, removeObjects } from '../../../src/operator/install/remove.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import type { Cluster } from './cluster.ts';
import { ownImage } from './image.ts';
import { attempt, type Ran, run } from './process.ts';

const main = join(import.meta.dirname, '../../../dist/src/main.js');

export interface Installation {
  readonly systemNamespace: string;
  /** Of controller, routers and gateways; Node and a shell are in it. */
  readonly image: string;
  /** The product's own way to go, with its drain; the resource itself stays: others use it. */
  uninstall(): Promise<void>;
  /** Deletes what belongs to it and waits for nothing: its namespaces go with it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs the product's command to its end, against the cluster under test. */
export function seatrial({ env }: Cluster, args: readonly string[], seconds = 240): Promise<Ran> {
  return attempt([process.execPath, main, ...args], { env, seconds });
}

/** Installs this working tree, by its own command, for the given namespaces. */
export async function installSeatrial(
  cluster: Cluster,
  systemNamespace: string,
  namespaces: readonly string[],
): Promise<Installation> {
  const ran = (args: readonly string[]) =>
    run([process.execPath, main, ...args, '--system-namespace', systemNamespace], {
      env: cluster.env,
      seconds: 240,
    });
  const image = await ownImage(cluster);
  await ran(['install', '--image', image, '--namespaces', namespaces.join(',')]);
  return {
    systemNamespace,
    image,
    uninstall: async () => {
      await ran(['uninstall', '--force', '--keep-crd']);
    },
    [Symbol.asyncDispose]: () => dismantle(cluster.kube, systemNamespace, namespaces),
  };
}

async function dismantle(
  kube: KubeApi,
  systemNamespace: string,
  namespaces: readonly string[],
): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const objects = await findObjects(kube, systemNamespace, signal);
  await removeObjects(
    kube,
    objects.map(({ ref }) => ref),
    signal,
  );
  // Nobody is there any more to take the finalizers off.
  for (const namespace of namespaces) {
    const { items } = await kube.list<SandboxResource>(resources.sandboxes, { namespace }, signal);
    for (const { metadata } of items) {
      const ref = { resource: resources.sandboxes, namespace, name: metadata.name };
      await kube
        .patch(ref, { kind: 'merge', body: { metadata: { finalizers: null } } }, signal)
        .catch(() => {});
    }
  }
}
