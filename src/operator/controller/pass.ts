import { type KubeApi, KubeError } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { afterGone } from './gone.ts';
import { expiryOf } from './lease.ts';
import { newer } from './memory.ts';
import { provision } from './provision.ts';
import type { PassEnd } from './queue.ts';
import { bury, teardown } from './teardown.ts';
import type { Subject, World } from './world.ts';
import { removeFinalizer } from './writes.ts';

/** One pass over a sandbox, by its key `<namespace>/<name>`. */
export async function pass(world: World, key: string, signal: AbortSignal): Promise<PassEnd> {
  const [namespace = '', name = ''] = key.split('/');
  try {
    return await look(world, { key, namespace, name }, signal);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 403)) throw error;
    if (!(await isEnding(world.kube, namespace, signal))) throw error;
    // Our rights went before the sandbox did. What it has there goes with the namespace, which waits for this.
    const resource = world.stores.sandboxes.get(namespace, name);
    const memory = world.memoryOf(key);
    if (resource !== null) await removeFinalizer(world, { key, namespace, name, memory, resource }, signal);
    world.follower.unfollow(key);
    world.forget(key);
    return { kind: 'done' };
  }
}

/** A namespace that is being deleted, or is gone. */
async function isEnding(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<boolean> {
  const found = await kube.get({ resource: resources.namespaces, name: namespace }, signal);
  return found === null || found.metadata.deletionTimestamp !== undefined;
}

async function look(
  world: World,
  { key, namespace, name }: Pick<Subject, 'key' | 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<PassEnd> {
  const seen = world.stores.sandboxes.get(namespace, name);
  if (seen === null) {
    return afterGone(world, { key, namespace, name, memory: world.memoryOf(key) }, signal);
  }
  const memory = await memoryFor(world, { key, namespace, name }, seen.metadata.uid ?? '', signal);
  const resource = newer(seen, memory.written);
  const subject: Subject = { key, namespace, name, memory, resource };
  if (resource.metadata.deletionTimestamp !== undefined) return teardown(world, subject, signal);
  if (expiryOf(resource) <= Date.now()) {
    const { uid = '' } = resource.metadata;
    world.events.normal(resource, 'Expired', 'The lease is over; the Sandbox is torn down.');
    await world.kube.delete({ resource: resources.sandboxes, namespace, name }, { uid }, signal);
    return { kind: 'done' };
  }
  return provision(world, subject, signal);
}

/** What is remembered of an earlier Sandbox of the name says nothing of this one, but that its key is to be refused. */
async function memoryFor(
  world: World,
  place: Pick<Subject, 'key' | 'namespace' | 'name'>,
  uid: string,
  signal: AbortSignal,
) {
  const memory = world.memoryOf(place.key);
  if (memory.uid === null || memory.uid === uid) {
    memory.uid = uid;
    return memory;
  }
  if (memory.last !== null)
    await bury(world, { ...place, memory, resource: memory.last }, 'torn-down', signal);
  world.follower.unfollow(place.key);
  world.forget(place.key);
  const fresh = world.memoryOf(place.key);
  fresh.uid = uid;
  return fresh;
}
