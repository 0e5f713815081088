import { annotations } from '../sandbox/cluster-names.ts';
import { leaseEnded, tornDown } from '../sandbox/errors.ts';
import type { ResourceFork, ResourceForkStatus, SandboxResource } from '../sandbox/resource.ts';
import type { Baseline, ForkSpec, ForkStatus, Owner, Sandbox, SandboxState } from '../sandbox/sandbox.ts';
import { isFailure, reasonOf } from './reasons.ts';

/** What turns a resource into our words beside itself. */
export interface Reading {
  readonly owner: Owner;
  readonly baseline: Baseline;
  readonly now: number;
  /** The API has it no more. */
  readonly gone: boolean;
  readonly timings: Readonly<Record<string, number>>;
  /** What else an image of a service is known as, best first. */
  readonly otherRevisions: (service: string, digest: string, revision: string) => readonly string[];
}

export function readSandbox(resource: SandboxResource, reading: Reading): Sandbox {
  const { metadata, status } = resource;
  const state = stateOf(resource, reading);
  const expires = expiresMs(resource);
  const ended = metadata.deletionTimestamp;
  return {
    name: metadata.name,
    owner: reading.owner,
    state,
    routingKey: status?.routingKey ?? '',
    baseline: reading.baseline,
    forks: resource.spec.forks.map((fork) => readFork(fork, resource, reading)),
    reason: reasonFor(resource, state, reading),
    generation: forksGeneration(resource),
    createdAt: metadata.creationTimestamp ?? new Date(reading.now).toISOString(),
    expiresAt: new Date(
      state === 'gone' && ended !== undefined ? Math.min(Date.parse(ended), expires) : expires,
    ).toISOString(),
    timings: reading.timings,
  };
}

/** The last part of a lease, in which the sandbox serves and says that it will end: at most half of the lease. */
const expiringSeconds = 60;

export function expiresMs({ metadata, spec }: SandboxResource): number {
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const renewed = Date.parse(spec.lease.renewTime ?? '');
  // By the clock of who renewed, which is mostly ours: the controller sees it at that moment, and counts by its own.
  const from = Number.isNaN(renewed) ? created : renewed;
  const byLease = from + spec.lease.durationSeconds * 1000;
  return Number.isNaN(created) ? byLease : Math.min(byLease, created + spec.lease.maxSeconds * 1000);
}

/** When `expiring` begins. */
export function expiringMs(resource: SandboxResource): number {
  const leaseMs = resource.spec.lease.durationSeconds * 1000;
  return expiresMs(resource) - Math.min(expiringSeconds * 1000, leaseMs / 2);
}

/** A status that speaks of forks before the last change of the spec says nothing of these. */
export function isCurrent(resource: SandboxResource): boolean {
  return (resource.status?.observedGeneration ?? 0) >= forksGeneration(resource);
}

function forksGeneration({ metadata }: SandboxResource): number {
  const noted = Number(metadata.annotations?.[annotations.forksGeneration]);
  // Made by other hands, such as kubectl's: then every change counts.
  return Number.isInteger(noted) && noted > 0 ? noted : (metadata.generation ?? 1);
}

function stateOf(resource: SandboxResource, { gone, now }: Reading): SandboxState {
  if (gone) return 'gone';
  if (resource.metadata.deletionTimestamp !== undefined) return 'expiring';
  const { status } = resource;
  if (status === undefined || !isCurrent(resource)) return 'provisioning';
  if (status.phase === 'Failed') return 'failed';
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True' || (status.phase !== 'Ready' && status.phase !== 'Expiring')) {
    return 'provisioning';
  }
  return now >= expiringMs(resource) ? 'expiring' : 'ready';
}

/** Whether requests may be sent. */
export function serves(sandbox: Sandbox): boolean {
  return sandbox.state === 'ready' || (sandbox.state === 'expiring' && sandbox.reason === null);
}

function reasonFor(resource: SandboxResource, state: SandboxState, { now }: Reading): Sandbox['reason'] {
  if (state === 'gone' || resource.metadata.deletionTimestamp !== undefined) {
    const ended = Date.parse(resource.metadata.deletionTimestamp ?? '');
    // The API server's clock has whole seconds.
    const expiry = Date.parse(resource.status?.expiresAt ?? '');
    const over = Number.isNaN(ended)
      ? now >= expiresMs(resource)
      : ended + 999 >= (Number.isNaN(expiry) ? expiresMs(resource) : expiry);
    return over || leaseIsOver(resource) ? leaseEnded : tornDown;
  }
  if (state !== 'failed') return null;
  const down = resource.status?.forks?.filter(({ ready }) => !ready) ?? [];
  const failed = down.find(({ reason }) => reason !== undefined && isFailure(reason)) ?? down[0];
  const condition = resource.status?.conditions?.find(
    ({ type, status }) => type === 'Ready' && status === 'False',
  );
  return reasonOf(failed ?? null, condition ?? null);
}

function leaseIsOver({ status }: SandboxResource): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: on, reason }) => type === 'Expiring' && on === 'True' && reason === 'LeaseExpired',
    ) === true
  );
}

/** What `writeForks` wrote. A variable without a value of its own came by other hands, and is not ours to repeat. */
export function readForkSpec({ service, source, revision, env = [] }: ResourceFork): ForkSpec {
  return {
    service,
    revision: { kind: 'image', image: source.image, digest: null, revision: revision ?? null },
    env: Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
  };
}

function readFork(
  spec: ResourceFork,
  resource: SandboxResource,
  { gone, otherRevisions }: Reading,
): ForkStatus {
  const found = resource.status?.forks?.find(({ service }) => service === spec.service);
  const status = isCurrent(resource) ? found : undefined;
  const { imageDigest: digest = null, ready = false } = status ?? {};
  const { revision = null } = spec;
  const earlier =
    ready && digest !== null && revision !== null ? otherRevisions(spec.service, digest, revision) : [];
  return {
    service: spec.service,
    revision: {
      kind: 'image',
      image: spec.source.image,
      digest,
      revision,
      ...(earlier.length === 0 ? {} : { earlier }),
    },
    instance: instanceOf(status),
    restarts: status?.restarts ?? 0,
    ready: !gone && status?.ready === true,
    live: false,
    reason: forkReason(status),
    message: status?.message ?? null,
    exit:
      status?.exit === undefined
        ? null
        : {
            exitCode: status.exit.exitCode ?? null,
            signal: status.exit.signal ?? null,
            outOfMemory: status.exit.outOfMemory,
          },
    logTail: status?.logTail ?? [],
  };
}

function forkReason(status: ResourceForkStatus | undefined): ForkStatus['reason'] {
  if (status?.ready === true) return null;
  if (status?.reason === undefined || !isFailure(status.reason)) return 'starting';
  return reasonOf(status, null).fork;
}

/** `<podUID>/<restarts>`, as routers name it; empty where no pod is there yet. */
function instanceOf(status: ResourceForkStatus | undefined): string {
  return status?.podUID === undefined ? '' : `${status.podUID}/${status.restarts}`;
}
