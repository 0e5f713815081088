import { KubeError, type ObjectRef } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { refOf, removeObjects } from '../../operator/install/remove.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { type Connection, until } from './connect.ts';

/** The controller needs as long for pods that take their whole time to end. */
const sandboxSeconds = 60;
const forkSeconds = 120;

export async function sandboxes({ kube, signal }: Connection): Promise<readonly SandboxResource[]> {
  try {
    return (await kube.list<SandboxResource>(resources.sandboxes, {}, signal)).items;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}

/**
 * By the controller; where it does not do it in time, or does not run, by hand and in its order: forks, their pods, then
 * the Sandbox.
 */
export async function endSandboxes(
  connection: Connection,
  live: readonly SandboxResource[],
  systemNamespace: string,
): Promise<void> {
  if (live.length === 0) return;
  const { kube, signal } = connection;
  const seconds = (await controllerRuns(connection, systemNamespace)) ? sandboxSeconds : 0;
  const refs = live.map((sandbox) => refOf(resources.sandboxes, sandbox));
  await removeObjects(kube, refs, signal);
  const left = async () => {
    const there = new Set((await sandboxes(connection)).map(({ metadata }) => metadata.uid));
    return live.filter(({ metadata }) => there.has(metadata.uid));
  };
  const ended = await until(seconds, signal, async () => ((await left()).length === 0 ? true : null));
  if (ended !== null) return;
  for (const sandbox of await left()) {
    await removeForks(connection, sandbox);
    await forget(connection, refOf(resources.sandboxes, sandbox));
  }
}

async function controllerRuns({ kube, signal }: Connection, namespace: string): Promise<boolean> {
  const where = { namespace, labelSelector: `${labels.role}=controller` };
  const { items } = await kube.list<KubeObject>(resources.pods, where, signal);
  return items.some(({ metadata }) => metadata.deletionTimestamp === undefined);
}

async function removeForks({ kube, signal }: Connection, { metadata }: SandboxResource): Promise<void> {
  const where = { namespace: metadata.namespace ?? '', labelSelector: `${labels.sandbox}=${metadata.name}` };
  for (const resource of [resources.deployments, resources.networkPolicies]) {
    const { items } = await kube.list<KubeObject>(resource, where, signal);
    await removeObjects(
      kube,
      items.map((object) => refOf(resource, object)),
      signal,
    );
  }
  await until(forkSeconds, signal, async () =>
    (await kube.list<KubeObject>(resources.pods, where, signal)).items.length === 0 ? true : null,
  );
}

async function forget({ kube, signal }: Connection, ref: ObjectRef): Promise<void> {
  try {
    await kube.patch(ref, { kind: 'merge', body: { metadata: { finalizers: null } } }, signal);
  } catch (error) {
    // The controller was just in time.
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
  }
}
