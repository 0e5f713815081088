import { setTimeout as sleep } from 'node:timers/promises';
import { overdue, removeTombstones } from './tombstones.ts';
import type { World } from './world.ts';

const everyMs = 60_000;
const resyncEveryMs = 300_000;

/** Takes tombstones off whose hour is over, lets namespaces without sandboxes go, and has a look at every sandbox. */
export async function runSweeps(
  world: World,
  look: (key: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let resyncedMs = performance.now();
  while (!signal.aborted) {
    for (const list of world.stores.tombstones.list(null)) {
      const keys = overdue(list, Date.now());
      if (keys.length === 0) continue;
      const namespace = list.metadata.namespace ?? '';
      await removeTombstones(world.kube, namespace, keys, signal).catch((error: unknown) => {
        world.log.warn('cannot sweep tombstones', { namespace, error: String(error) });
      });
    }
    for (const namespace of world.baselines.namespaces) {
      if (world.stores.sandboxes.list(namespace).length > 0) continue;
      world.baselines.drop(namespace);
      world.routerStates.unfollow(namespace);
    }
    if (performance.now() - resyncedMs > resyncEveryMs) {
      resyncedMs = performance.now();
      for (const { metadata } of world.stores.sandboxes.list(null)) {
        look(`${metadata.namespace}/${metadata.name}`);
      }
    }
    await sleep(everyMs, null, { signal }).catch(() => {});
  }
}
