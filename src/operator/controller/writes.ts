import { KubeError, type ObjectRef } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { fieldManagers, finalizer } from '../../sandbox/cluster-names.ts';
import type { SandboxResource, SandboxResourceStatus } from '../../sandbox/resource.ts';
import type { Subject, World } from './world.ts';

/** Writes to the Sandbox itself. Each remembers the answer, so that the next pass does not act on older news. */

const fieldManager = fieldManagers.controller;

export function sandboxRef({ namespace, name }: Pick<Subject, 'namespace' | 'name'>): ObjectRef {
  return { resource: resources.sandboxes, namespace, name };
}

export async function addFinalizer(
  world: World,
  subject: Subject,
  signal: AbortSignal,
): Promise<SandboxResource> {
  const { metadata } = subject.resource;
  const body = {
    metadata: {
      resourceVersion: metadata.resourceVersion,
      finalizers: [...(metadata.finalizers ?? []), finalizer],
    },
  };
  const written = await world.kube.patch<SandboxResource>(
    sandboxRef(subject),
    { kind: 'merge', body, fieldManager },
    signal,
  );
  subject.memory.written = written;
  return written;
}

/** Replaces the whole status, of this very object: another one of the name is left alone. */
export async function writeStatus(
  world: World,
  subject: Subject,
  status: SandboxResourceStatus,
  signal: AbortSignal,
): Promise<SandboxResource> {
  const written = await world.kube.patch<SandboxResource>(
    sandboxRef(subject),
    {
      kind: 'json',
      operations: [
        { op: 'test', path: '/metadata/uid', value: subject.resource.metadata.uid },
        { op: 'add', path: '/status', value: status },
      ],
      subresource: 'status',
      fieldManager,
    },
    signal,
  );
  subject.memory.written = written;
  const before = subject.resource.status;
  subject.memory.lastWriteMs = performance.now();
  if (before?.phase !== status.phase || before?.observedGeneration !== status.observedGeneration) {
    subject.memory.lastChangeMs = subject.memory.lastWriteMs;
  }
  return written;
}

/** The last write: the Sandbox is gone after it, unless others hold it. */
export async function removeFinalizer(world: World, subject: Subject, signal: AbortSignal): Promise<void> {
  const { metadata } = subject.resource;
  const at = (metadata.finalizers ?? []).indexOf(finalizer);
  if (at === -1) return;
  try {
    await world.kube.patch(
      sandboxRef(subject),
      {
        kind: 'json',
        operations: [
          { op: 'test', path: '/metadata/uid', value: metadata.uid },
          { op: 'test', path: `/metadata/finalizers/${at}`, value: finalizer },
          { op: 'remove', path: `/metadata/finalizers/${at}` },
        ],
        fieldManager,
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  }
}
