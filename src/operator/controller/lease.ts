import type { SandboxResource } from '../../sandbox/resource.ts';

/** When a Sandbox ends unless it is renewed, in milliseconds since the epoch. */
export function expiryOf({ metadata, spec }: SandboxResource): number {
  const { durationSeconds, maxSeconds, renewTime } = spec.lease;
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const renewed = renewTime === undefined ? created : Date.parse(renewTime);
  // A client whose clock is slow must not have its sandbox end as it begins.
  const began = Number.isNaN(renewed) ? created : Math.max(created, renewed);
  return Math.min(began + durationSeconds * 1000, created + maxSeconds * 1000);
}
