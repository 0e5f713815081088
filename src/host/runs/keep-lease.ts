import type { Held } from '../sandboxes.ts';

const everyMs = 10_000;

/**
 * Renews the lease of a sandbox in a cluster while a run uses it, once half of it is over: the controller there knows
 * nothing of runs. What cannot be renewed shows in the run, which then finds it gone.
 */
export function keepLease(held: Held, signal: AbortSignal): { end(): void } {
  if (held.entry.kind === 'local') return { end() {} };
  const began = Date.now();
  const leaseMs = Math.max(Date.parse(held.latest.expiresAt) - began, 0);
  const renew = () => {
    const left = Date.parse(held.latest.expiresAt) - Date.now();
    if (left < leaseMs / 2) held.entry.engine.renew(held.name, null, signal).catch(() => {});
  };
  const timer = setInterval(renew, Math.min(everyMs, Math.max(leaseMs / 4, 1000)));
  return { end: () => clearInterval(timer) };
}
