import type { KubeApi } from '../../kube/api.ts';
import type { Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { fieldManagers } from '../../sandbox/cluster-names.ts';
import { isKubeError } from '../install/manifest.ts';
import { hasOurSelector, originalOfShadow, storedOriginal } from './original.ts';
import { findShadow } from './shadow.ts';
import { recallOperations } from './swap.ts';
import { ownServices } from './wanted.ts';

/**
 * The Services, with the annotation put back on those that lost it while they lead to the routers: without it the way
 * back would be lost, and a shadow made of them would lead routers to themselves.
 */
export async function recallOriginals(
  kube: KubeApi,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const own = new Set(ownServices(services));
  return Promise.all(
    services.map(async (service) => {
      if (!own.has(service) || !hasOurSelector(service) || storedOriginal(service) !== null) return service;
      const { name, namespace = '' } = service.metadata;
      const shadow = findShadow(services, name);
      if (shadow === null || shadow === 'taken') return service;
      const operations = recallOperations(service, originalOfShadow(service, shadow));
      const ref = { resource: resources.services, namespace, name };
      try {
        const fieldManager = fieldManagers.controller;
        return await kube.patch<Service>(ref, { kind: 'json', operations, fieldManager }, signal);
      } catch (error) {
        // Changed or gone meanwhile: the next look sees it.
        if (!isKubeError(error, 'Invalid', 'Conflict', 'NotFound')) throw error;
        return service;
      }
    }),
  );
}
