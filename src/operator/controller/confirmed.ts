import { refusesWithinMs } from '../agent-api.ts';

export type Confirmation =
  | { readonly kind: 'confirmed' }
  /** They did not say so, and refuse the key all the same by now: they heard of it, or of nothing for so long. */
  | { readonly kind: 'assumed' }
  | {
      readonly kind: 'wait';
      readonly againMs: number;
      /** Empty as long as it is nothing unusual. */
      readonly message: string;
    };

const usualMs = 5_000;
const busyMs = 1_000;

/**
 * Whether no router leads a key to its fork any more. One that does not answer may be cut off from us alone, or from
 * the API as well: then it goes on by what it knows for the time by which it refuses all keys, and what it leads to
 * must stay as long, since the address of a pod that is gone may be given to another. `missing`: names of those that
 * serve and did not confirm, `waitedMs` after the tombstone was written.
 */
export function confirmationOf(missing: readonly string[], waitedMs: number): Confirmation {
  if (missing.length === 0) return { kind: 'confirmed' };
  if (waitedMs >= refusesWithinMs) return { kind: 'assumed' };
  const names = `${missing.length === 1 ? 'Router' : 'Routers'} ${missing.toSorted().join(', ')}`;
  const message =
    waitedMs < usualMs
      ? ''
      : `${names} did not confirm that requests with the key are refused. The fork stays until it is confirmed, or at the latest ` +
        `${refusesWithinMs / 1000} s after the key was taken back, when a router that hears nothing of the API refuses all keys. Nothing is to be done.`;
  return { kind: 'wait', againMs: waitedMs < busyMs ? 20 : 250, message };
}
