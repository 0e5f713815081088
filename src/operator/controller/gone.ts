import type { Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { annotations, labels } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { isTerminating } from './forbidden.ts';
import type { PassEnd } from './queue.ts';
import { removeAll } from './remove.ts';
import { bury, isBuried } from './teardown.ts';
import { tombstoneMs, writeTombstone } from './tombstones.ts';
import type { Subject, World } from './world.ts';
import { sandboxRef } from './writes.ts';

/**
 * One pass where no Sandbox has the name (any more): after a teardown nothing is to be done. Where the finalizer was
 * taken off by hand, or the Sandbox went while no controller ran, its key is refused from now on and what it left is
 * deleted.
 */
export async function afterGone(
  world: World,
  place: Pick<Subject, 'key' | 'namespace' | 'name' | 'memory'>,
  signal: AbortSignal,
): Promise<PassEnd> {
  const { key, namespace, name, memory } = place;
  world.follower.unfollow(key);
  const forks = world.stores.forks.ofSandbox(namespace, name);
  const { last } = memory;
  if (forks.length > 0 || (last !== null && !memory.tombstoned)) {
    // The watch of Sandboxes may be behind that of their forks.
    const there = await world.kube.get<SandboxResource>(sandboxRef(place), signal);
    if (there !== null) return { kind: 'again', inMs: 200 };
  }
  try {
    if (last !== null) await bury(world, { ...place, resource: last }, 'torn-down', signal);
    await removeOrphans(world, place, forks, signal);
    const policies = world.stores.policies.ofSandbox(namespace, name);
    await removeAll(world, memory, resources.networkPolicies, policies, signal);
  } catch (error) {
    if (!isTerminating(error)) throw error;
  }
  world.forget(key);
  return { kind: 'done' };
}

/** Forks without a Sandbox that asks for them: their keys are refused before they go. */
export async function removeOrphans(
  world: World,
  { namespace, name, memory, ...subject }: Pick<Subject, 'namespace' | 'name' | 'memory'> & Partial<Subject>,
  forks: readonly Deployment[],
  signal: AbortSignal,
): Promise<void> {
  if (forks.length === 0) return;
  const living = subject.resource?.status?.routingKey;
  const keys = Map.groupBy(forks, ({ metadata }) => metadata.annotations?.[annotations.key] ?? '');
  for (const [key, orphans] of keys) {
    // A service that was taken off its living Sandbox goes to the baseline again.
    if (key === '' || key === living || isBuried(world, namespace, key)) continue;
    const services = orphans.flatMap(({ metadata }) => metadata.labels?.[labels.service] ?? []);
    const until = new Date(Date.now() + tombstoneMs).toISOString();
    await writeTombstone(
      world.kube,
      namespace,
      key,
      { sandbox: name, services, reason: 'torn-down', until },
      signal,
    );
  }
  await removeAll(world, memory, resources.deployments, forks, signal);
}
