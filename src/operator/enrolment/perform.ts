import type { JsonPatchOperation, KubeApi } from '../../kube/api.ts';
import type { Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { annotations, fieldManagers } from '../../sandbox/cluster-names.ts';
import { isKubeError } from '../install/manifest.ts';
import { type Drift, driftOf } from './drift.ts';
import { driftAnnotation } from './names.ts';
import { shadowManifest } from './shadow.ts';
import type { Step } from './step.ts';
import { forgetOperations, restoreOperations, swapOperations } from './swap.ts';

export interface Target {
  readonly service: Service;
  readonly shadow: Service | null;
  readonly systemNamespace: string;
}

const untouched: Drift = { swapped: false, count: 0, manager: null, at: 0 };

/**
 * Does one step. False where there was nothing to write. What somebody else changed meanwhile is no error: the next
 * look decides anew.
 */
export async function perform(
  kube: KubeApi,
  target: Target,
  step: Step,
  now: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { service, shadow } = target;
  try {
    switch (step.kind) {
      case 'make-shadow':
        await writeShadow(kube, target, step, signal);
        return true;
      case 'swap':
        if (shadow !== null) await remember(kube, shadow, step.drift, signal);
        await patchService(kube, service, swapOperations(service, step.routes), signal);
        return true;
      case 'restore':
        if (shadow !== null) await remember(kube, shadow, { ...driftOf(shadow), swapped: false }, signal);
        await restore(kube, service, signal);
        return true;
      case 'mark-releasing': {
        const value = { [annotations.releasing]: new Date(now).toISOString(), [driftAnnotation]: null };
        if (shadow !== null) await annotate(kube, shadow, value, signal);
        return true;
      }
      case 'delete-shadow':
        if (shadow !== null) await remove(kube, shadow, signal);
        return true;
      default:
        return false;
    }
  } catch (error) {
    // `Invalid` is what the API makes of a `test` that does not hold.
    if (isKubeError(error, 'Invalid', 'Conflict', 'NotFound', 'AlreadyExists')) {
      signal.throwIfAborted();
      return true;
    }
    throw error;
  }
}

async function writeShadow(
  kube: KubeApi,
  { service, shadow, systemNamespace }: Target,
  { original, routes, workloads }: Extract<Step, { kind: 'make-shadow' }>,
  signal: AbortSignal,
): Promise<void> {
  const manifest = shadowManifest(systemNamespace, service, original, routes, workloads);
  if (shadow === null) {
    await kube.create(resources.services, manifest, signal);
    return;
  }
  const { metadata, spec } = manifest as unknown as Service;
  const kept =
    shadow.metadata.annotations?.[annotations.releasing] === undefined ? driftOf(shadow) : untouched;
  const operations: readonly JsonPatchOperation[] = [
    { op: 'test', path: '/metadata/uid', value: shadow.metadata.uid },
    { op: 'add', path: '/metadata/labels', value: metadata.labels },
    { op: 'add', path: '/metadata/ownerReferences', value: metadata.ownerReferences },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { ...metadata.annotations, [driftAnnotation]: JSON.stringify(kept) },
    },
    { op: 'replace', path: '/spec/selector', value: spec.selector },
    { op: 'replace', path: '/spec/ports', value: spec.ports },
  ];
  await patchService(kube, shadow, operations, signal);
}

/** Two writes; see `forgetOperations`. The second one is done again by the next look where the first was the last. */
async function restore(kube: KubeApi, service: Service, signal: AbortSignal): Promise<void> {
  const back = restoreOperations(service);
  const now = back.length === 0 ? service : await patchService(kube, service, back, signal);
  const forget = forgetOperations(now);
  if (forget.length > 0) await patchService(kube, now, forget, signal);
}

function patchService(
  kube: KubeApi,
  { metadata }: Service,
  operations: readonly JsonPatchOperation[],
  signal: AbortSignal,
): Promise<Service> {
  const fieldManager = fieldManagers.controller;
  return kube.patch<Service>(serviceRef(metadata), { kind: 'json', operations, fieldManager }, signal);
}

async function remember(kube: KubeApi, shadow: Service, drift: Drift, signal: AbortSignal): Promise<void> {
  const value = JSON.stringify(drift);
  if (shadow.metadata.annotations?.[driftAnnotation] === value) return;
  await annotate(kube, shadow, { [driftAnnotation]: value }, signal);
}

async function annotate(
  kube: KubeApi,
  { metadata }: Service,
  values: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { annotations: values } };
  await kube.patch(
    serviceRef(metadata),
    { kind: 'merge', body, fieldManager: fieldManagers.controller },
    signal,
  );
}

async function remove(kube: KubeApi, { metadata }: Service, signal: AbortSignal): Promise<void> {
  await kube.delete(serviceRef(metadata), metadata.uid === undefined ? {} : { uid: metadata.uid }, signal);
}

function serviceRef({ name, namespace }: Service['metadata']) {
  return { resource: resources.services, name, ...(namespace === undefined ? {} : { namespace }) };
}
