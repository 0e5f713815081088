import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { finalizer, labels } from '../../sandbox/cluster-names.ts';
import { type Confirmation, confirmationOf } from './confirmed.ts';
import { isTerminating } from './forbidden.ts';
import { heldByOthers, heldUpBy } from './held-up.ts';
import { expiryOf } from './lease.ts';
import type { PassEnd } from './queue.ts';
import { removeAll } from './remove.ts';
import { conditionsOf, servicesText } from './status.ts';
import { tombstoneMs, writeTombstone } from './tombstones.ts';
import type { Subject, World } from './world.ts';
import { removeFinalizer, writeStatus } from './writes.ts';

/** Events tell of all that ends; this is for what they do not. */
const lookAgainMs = 5_000;

/**
 * One pass of the teardown. The order is the promise: tombstone written, tombstone in every router that serves, objects
 * deleted, objects verified absent, finalizer off. Each step is read from the cluster, so any controller can go on.
 */
export async function teardown(world: World, subject: Subject, signal: AbortSignal): Promise<PassEnd> {
  const { resource, memory, key } = subject;
  if (!(resource.metadata.finalizers ?? []).includes(finalizer)) return { kind: 'done' };
  world.follower.unfollow(key);
  await bury(world, subject, reasonOf(subject), signal);
  if (resource.status?.phase !== 'Terminating') await writeTerminating(world, subject, signal);
  const refused = await refusedEverywhere(world, subject, signal);
  if (refused.kind === 'wait') {
    if (refused.message !== '') await writeTerminating(world, subject, signal, refused.message);
    return { kind: 'again', inMs: refused.againMs };
  }

  const forks = [...ours(world.stores.forks, subject), ...memory.made.values()];
  const policies = ours(world.stores.policies, subject);
  await Promise.all([
    removeAll(world, memory, resources.deployments, forks, signal),
    removeAll(world, memory, resources.networkPolicies, policies, signal),
  ]);
  const left = [...ours(world.stores.forks, subject), ...ours(world.stores.pods, subject)];
  if (left.length > 0) {
    const pods = ours(world.stores.pods, subject);
    const heldUp =
      pods.length > 0 ? heldUpBy(pods, Date.now()) : heldByOthers(ours(world.stores.forks, subject));
    if (heldUp !== null && heldUp.message !== '')
      await writeTerminating(world, subject, signal, heldUp.message);
    return { kind: 'again', inMs: Math.min(heldUp?.recheckMs ?? lookAgainMs, lookAgainMs) };
  }
  if (!(await verifiedAbsent(world, subject, signal))) return { kind: 'again', inMs: 100 };
  world.events.normal(resource, 'TornDown', 'All that belonged to the Sandbox is gone.');
  await removeFinalizer(world, subject, signal);
  return { kind: 'done' };
}

function reasonOf({ resource }: Subject): 'expired' | 'torn-down' {
  const deleted = Date.parse(resource.metadata.deletionTimestamp ?? '');
  // deletionTimestamp has whole seconds.
  return expiryOf(resource, Date.now()) <= deleted + 1000 ? 'expired' : 'torn-down';
}

/** Writes the tombstone, where there is a key and it is not there yet. */
export async function bury(
  world: World,
  { resource, memory, namespace, name }: Subject,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const key = resource.status?.routingKey;
  if (key === undefined || memory.tombstoned || isBuried(world, namespace, key)) return;
  const forks = [...world.stores.forks.ofSandbox(namespace, name), ...memory.made.values()];
  const services = new Set([
    ...resource.spec.forks.map(({ service }) => service),
    ...(resource.status?.forks ?? []).map(({ service }) => service),
    ...forks.flatMap(({ metadata }) => metadata.labels?.[labels.service] ?? []),
  ]);
  const until = new Date(Date.now() + tombstoneMs).toISOString();
  try {
    const entry = { sandbox: name, services: [...services].sort(), reason, until };
    await writeTombstone(world.kube, namespace, key, entry, signal);
    memory.tombstoned = true;
  } catch (error) {
    // The list cannot be made any more, and the routers go with the namespace.
    if (!isTerminating(error)) throw error;
    memory.tombstoned = true;
    memory.tombstoneLoaded = true;
  }
}

export function isBuried({ stores }: World, namespace: string, key: string): boolean {
  return stores.tombstones.list(namespace).some(({ data = {} }) => key in data);
}

/** Once, and again where it comes to wait for something (`heldUp`) that the status does not tell yet. */
export async function writeTerminating(
  world: World,
  subject: Subject,
  signal: AbortSignal,
  heldUp?: string,
): Promise<void> {
  const { resource } = subject;
  if (heldUp !== undefined && resource.status?.conditions?.some(({ message }) => message === heldUp)) return;
  const over = reasonOf(subject) === 'expired';
  const message = heldUp ?? (over ? 'The lease is over.' : 'The Sandbox is being torn down.');
  const reason = over ? 'LeaseExpired' : 'TornDown';
  const no = { status: 'False', reason, message } as const;
  const conditions = conditionsOf(
    { resource, nowEpochMs: Date.now() },
    { Forked: no, Routed: no, Ready: no, Expiring: { ...no, status: 'True' } },
  );
  if (heldUp !== undefined) world.events.warning(resource, 'TeardownHeldUp', heldUp);
  await writeStatus(
    world,
    subject,
    {
      services: servicesText(resource.spec.forks.map(({ service }) => service)),
      ...resource.status,
      phase: 'Terminating',
      conditions,
    },
    signal,
  );
}

/** Whether the key is refused by every router that serves, ready or not. */
async function refusedEverywhere(world: World, subject: Subject, signal: AbortSignal): Promise<Confirmation> {
  const { memory, resource, namespace } = subject;
  const key = resource.status?.routingKey;
  if (key === undefined || memory.tombstoneLoaded) return { kind: 'confirmed' };
  memory.askedSinceMs ??= performance.now();
  const routers = world.routers(namespace);
  const within = AbortSignal.any([signal, AbortSignal.timeout(1_000)]);
  const answers = await Promise.all(
    routers.map(({ address }) => world.agents.tombstoneLoaded(address, key, within).catch(() => false)),
  );
  signal.throwIfAborted();
  const missing = routers.filter((_, at) => answers[at] !== true).map(({ name }) => name);
  const found = confirmationOf(missing, performance.now() - memory.askedSinceMs);
  if (found.kind === 'assumed') {
    const about = { namespace, sandbox: subject.name, routers: missing.join(', ') };
    world.log.warn('routers do not confirm a tombstone', about);
  }
  memory.tombstoneLoaded = found.kind !== 'wait';
  return found;
}

/** Asked of the API itself: the watch may be behind. */
async function verifiedAbsent(
  world: World,
  { namespace, name }: Subject,
  signal: AbortSignal,
): Promise<boolean> {
  const options = { namespace, labelSelector: `${labels.sandbox}=${name}` };
  const found = await Promise.all(
    [resources.deployments, resources.pods, resources.networkPolicies].map((resource) =>
      world.kube.list(resource, options, signal),
    ),
  );
  return found.every(({ items }) => items.length === 0);
}

function ours<T extends KubeObject>(
  store: { ofSandbox(namespace: string, sandbox: string): readonly T[] },
  { namespace, name }: Subject,
): readonly T[] {
  return store.ofSandbox(namespace, name);
}
