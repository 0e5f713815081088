import { isDeepStrictEqual } from 'node:util';
import type { JsonPatchOperation } from '../../kube/api.ts';
import type { Service } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';
import { routerSelector } from '../install/router.ts';
import { isSwapped, type Original, originalOf, storedOriginal } from './original.ts';
import type { Route } from './routes.ts';

const originalPath = `/metadata/annotations/${annotations.original.replaceAll('/', '~1')}`;

/** Whether selector and every port lead to the router ports that `routes` say. */
export function isEnrolled(service: Service, routes: readonly Route[]): boolean {
  return (
    isSwapped(service) &&
    storedOriginal(service) !== null &&
    (service.spec.ports ?? []).every(
      ({ port, targetPort }) => routes.find((route) => route.port === port)?.routerPort === targetPort,
    )
  );
}

/** Points the Service to the routers, all or nothing, if it is still the one that was read. */
export function swapOperations(service: Service, routes: readonly Route[]): readonly JsonPatchOperation[] {
  const original: Original = { ...originalOf(service), routes };
  const value = JSON.stringify(original);
  const targets = (service.spec.ports ?? []).map((port, index): JsonPatchOperation => {
    const routerPort = routes.find((route) => route.port === port.port)?.routerPort;
    return { op: 'replace', path: `/spec/ports/${index}/targetPort`, value: routerPort };
  });
  return [
    ...unchanged(service),
    ...(service.metadata.annotations === undefined
      ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const]
      : []),
    { op: 'add', path: originalPath, value },
    { op: 'replace', path: '/spec/selector', value: routerSelector },
    ...targets,
  ];
}

/**
 * Puts back what we pointed to the routers. The annotation stays: `forgetOperations` needs it, and takes it off. Empty
 * where the spec is as it was.
 */
export function restoreOperations(service: Service): readonly JsonPatchOperation[] {
  const { spec } = originalOf(service);
  if (isDeepStrictEqual(spec, service.spec)) return [];
  return [
    ...unchanged(service),
    { op: 'replace', path: '/spec/selector', value: spec.selector },
    { op: 'replace', path: '/spec/ports', value: spec.ports },
  ];
}

/**
 * Takes our annotation off and gives fields back to whoever owned them. In a write of its own: the API server makes us
 * the owner of whatever else the same write changes. Empty where no trace of us is left.
 */
export function forgetOperations(service: Service): readonly JsonPatchOperation[] {
  const marked = service.metadata.annotations?.[annotations.original] !== undefined;
  if (!marked) return [];
  const { managedFields } = originalOf(service);
  return [
    ...unchanged(service),
    { op: 'remove', path: originalPath },
    // An empty list would be ignored; a list with an empty entry stands for none.
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: managedFields.length === 0 ? [{}] : managedFields,
    },
  ];
}

/** Writes down again what an enrolled Service was. */
export function recallOperations(service: Service, original: Original): readonly JsonPatchOperation[] {
  return [
    ...unchanged(service),
    ...(service.metadata.annotations === undefined
      ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const]
      : []),
    { op: 'add', path: originalPath, value: JSON.stringify(original) },
  ];
}

function unchanged({ metadata, spec }: Service): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'test', path: '/spec/selector', value: spec.selector },
    { op: 'test', path: '/spec/ports', value: spec.ports },
  ];
}
