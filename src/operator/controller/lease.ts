import type { ResourceLeaseStatus, SandboxResource } from '../../sandbox/resource.ts';

export interface LeaseView {
  /** When the Sandbox ends unless it is renewed, in milliseconds since the epoch. */
  readonly expiry: number;
  /** For the status: what the next look goes by. */
  readonly seen: ResourceLeaseStatus;
}

/**
 * The lease by the clock of the cluster alone. `renewTime` is of the clock of whoever renews, which may be wrong by
 * hours: as with the Leases of Kubernetes it tells that the lease was renewed by being another one than before, and
 * nothing by its value. A change that nobody saw at its time counts from when it is seen.
 */
export function leaseOf({ metadata, spec, status }: SandboxResource, nowEpochMs: number): LeaseView {
  const { durationSeconds, maxSeconds, renewTime = null } = spec.lease;
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const renewed = renewedAt(created, renewTime, status?.lease, nowEpochMs);
  return {
    expiry: Math.min(renewed + durationSeconds * 1000, created + maxSeconds * 1000),
    seen: { ...(renewTime === null ? {} : { renewTime }), renewedAt: new Date(renewed).toISOString() },
  };
}

function renewedAt(
  created: number,
  renewTime: string | null,
  before: ResourceLeaseStatus | undefined,
  now: number,
): number {
  const at = Date.parse(before?.renewedAt ?? '');
  if (before !== undefined && !Number.isNaN(at)) {
    return (before.renewTime ?? null) === renewTime ? at : now;
  }
  // The first look at it: made by a client that renews as it creates, or renewed before there was such a status.
  const said = Date.parse(renewTime ?? '');
  return Number.isNaN(said) ? created : Math.max(created, Math.min(said, now));
}

export function expiryOf(resource: SandboxResource, nowEpochMs: number): number {
  return leaseOf(resource, nowEpochMs).expiry;
}
