import { type KubeApi, KubeError } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { forbidden } from './forbidden.ts';
import { afterGone } from './gone.ts';
import { expiryOf } from './lease.ts';
import { newer } from './memory.ts';
import { foreignInstallation } from './our-stores.ts';
import { tellProblem } from './problems.ts';
import { provision } from './provision.ts';
import type { PassEnd } from './queue.ts';
import { bury, teardown, writeTerminating } from './teardown.ts';
import { fullText, TombstonesFull } from './tombstones.ts';
import type { Subject, World } from './world.ts';
import { removeFinalizer } from './writes.ts';

const blindAgainMs = 1_000;
const foreignAgainMs = 10_000;
/** Keys are let go once a minute. */
const fullAgainMs = 15_000;

/** One pass over a sandbox, by its key `<namespace>/<name>`. */
export async function pass(world: World, key: string, signal: AbortSignal): Promise<PassEnd> {
  const [namespace = '', name = ''] = key.split('/');
  try {
    return await look(world, { key, namespace, name }, signal);
  } catch (error) {
    if (error instanceof TombstonesFull) return tellFull(world, { key, namespace, name }, signal);
    if (!(error instanceof KubeError && error.status === 403)) throw error;
    if (!(await isEnding(world.kube, namespace, signal))) {
      await tellForbidden(world, { key, namespace, name }, error, signal);
      throw error;
    }
    // Our rights went before the sandbox did. What it has there goes with the namespace, which waits for this.
    const resource = world.stores.sandboxes.get(namespace, name);
    const memory = world.memoryOf(key);
    if (resource !== null) await removeFinalizer(world, { key, namespace, name, memory, resource }, signal);
    world.follower.unfollow(key);
    world.forget(key);
    return { kind: 'done' };
  }
}

/** Its key cannot be taken back yet: until it can, the Sandbox stays, by which it is refused, and says so. */
async function tellFull(world: World, place: Place, signal: AbortSignal): Promise<PassEnd> {
  const { key, namespace, name } = place;
  const message = fullText(world.stores.tombstones.list(namespace)[0] ?? null, namespace);
  world.log.warn('the list of tombstones is full', { namespace, sandbox: name });
  const seen = world.stores.sandboxes.get(namespace, name);
  if (seen?.metadata.deletionTimestamp !== undefined) {
    const memory = world.memoryOf(key);
    await writeTerminating(
      world,
      { ...place, memory, resource: newer(seen, memory.written) },
      signal,
      message,
    );
  }
  return { kind: 'again', inMs: fullAgainMs };
}

/** A namespace that is being deleted, or is gone. */
async function isEnding(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    const found = await kube.get({ resource: resources.namespaces, name: namespace }, signal);
    return found === null || found.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return false;
    throw error;
  }
}

type Place = Pick<Subject, 'key' | 'namespace' | 'name'>;

/** A right that a pass lacks stands in the status, or at least in an Event; the pass comes again all the same. */
async function tellForbidden(
  world: World,
  place: Place,
  error: KubeError,
  signal: AbortSignal,
): Promise<void> {
  const problem = forbidden(error);
  const seen = world.stores.sandboxes.get(place.namespace, place.name);
  if (problem === null || seen === null) return;
  const memory = world.memoryOf(place.key);
  const resource = newer(seen, memory.written);
  const subject: Subject = { ...place, memory, resource };
  try {
    if (resource.metadata.deletionTimestamp === undefined) await tellProblem(world, subject, problem, signal);
    else await writeTerminating(world, subject, signal, `${problem.message} ${problem.next}`);
  } catch (also) {
    // The Event is out; what the pass met comes first.
    if (!(also instanceof KubeError)) throw also;
  }
}

/** One pass while some list of ours is not in: all that can be done is to say why. */
export async function passBlind(world: World, key: string, signal: AbortSignal): Promise<PassEnd> {
  const [namespace = '', name = ''] = key.split('/');
  const error = world.refusals.of(namespace);
  if (error !== null) await tellForbidden(world, { key, namespace, name }, error, signal);
  return { kind: 'again', inMs: blindAgainMs };
}

async function look(
  world: World,
  { key, namespace, name }: Pick<Subject, 'key' | 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<PassEnd> {
  const other = foreignInstallation(world.stores, namespace, world.systemNamespace);
  if (other !== null) {
    // Two controllers would undo each other's work, and give one Sandbox two keys.
    world.log.debug('served by another installation', { namespace, installation: other });
    return { kind: 'again', inMs: foreignAgainMs };
  }
  const seen = world.stores.sandboxes.get(namespace, name);
  if (seen === null) {
    return afterGone(world, { key, namespace, name, memory: world.memoryOf(key) }, signal);
  }
  const memory = await memoryFor(world, { key, namespace, name }, seen.metadata.uid ?? '', signal);
  const resource = newer(seen, memory.written);
  const subject: Subject = { key, namespace, name, memory, resource };
  if (resource.metadata.deletionTimestamp !== undefined) return teardown(world, subject, signal);
  if (expiryOf(resource, Date.now()) <= Date.now()) {
    const { uid = '' } = resource.metadata;
    world.events.normal(resource, 'Expired', 'The lease is over; the Sandbox is torn down.');
    await world.kube.delete({ resource: resources.sandboxes, namespace, name }, { uid }, signal);
    return { kind: 'done' };
  }
  const problem = world.crdProblem() ?? forbidden(world.refusals.of(namespace));
  if (problem === null) {
    memory.toldProblem = null;
    return provision(world, subject, signal);
  }
  await tellProblem(world, subject, problem, signal);
  return { kind: 'again', inMs: blindAgainMs };
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
