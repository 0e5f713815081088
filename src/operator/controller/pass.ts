import { resources } from '../../kube/resources.ts';
import { afterGone } from './gone.ts';
import { expiryOf } from './lease.ts';
import { newer } from './memory.ts';
import { provision } from './provision.ts';
import type { PassEnd } from './queue.ts';
import { bury, teardown } from './teardown.ts';
import type { Subject, World } from './world.ts';

/** One pass over a sandbox, by its key `<namespace>/<name>`. */
export async function pass(world: World, key: string, signal: AbortSignal): Promise<PassEnd> {
  const [namespace = '', name = ''] = key.split('/');
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
