import type { Held } from '../sandboxes.ts';

const everyMs = 10_000;

/**
 * Begins the lease of a sandbox in a cluster anew as a run begins to use it, and again whenever half of it is over: the
 * controller there knows nothing of runs. What cannot be renewed shows in the run, which then finds it gone.
 */
export function keepLease(held: Held, signal: AbortSignal): { end(): void } {
  if (held.entry.kind === 'local') return { end() {} };
  const { engine } = held.entry;
  const leftMs = () => Math.max(Date.parse(held.latest.expiresAt) - Date.now(), 0);
  let wholeMs = leftMs();
  const renew = async () => {
    const { expiresAt } = await engine.renew(held.name, null, signal);
    wholeMs = Date.parse(expiresAt) - Date.now();
  };
  const look = () => {
    if (leftMs() < wholeMs / 2) renew().catch(() => {});
  };
  // A run that begins with the last seconds of a lease would not come to its first look.
  renew().catch(() => {});
  const timer = setInterval(look, Math.min(everyMs, Math.max(wholeMs / 4, 1000)));
  return { end: () => clearInterval(timer) };
}
