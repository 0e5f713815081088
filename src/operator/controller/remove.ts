import type { Resource } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Memory } from './memory.ts';
import type { World } from './world.ts';

/** Deletes objects, each once; dependents first, so that the object is there until its pods are gone. */
export async function removeAll(
  world: Pick<World, 'kube'>,
  memory: Memory,
  resource: Resource,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    objects.map(async ({ metadata: { name, namespace = '', uid = '', deletionTimestamp } }) => {
      if (deletionTimestamp !== undefined || memory.deleted.has(uid)) return;
      memory.deleted.add(uid);
      try {
        await world.kube.delete({ resource, namespace, name }, { propagation: 'Foreground', uid }, signal);
      } catch (error) {
        memory.deleted.delete(uid);
        throw error;
      }
    }),
  );
}
