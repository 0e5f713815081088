import { SeatrialError } from '../errors.ts';
import { abortable } from '../util/abortable.ts';

/** Like `abortable`, but rejects with `cancelled` when the signal aborts, as the Engine port asks. */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await abortable(work, signal);
  } catch (error) {
    throw signal.aborted && error === signal.reason ? cancelled() : error;
  }
}

function cancelled(): SeatrialError {
  return new SeatrialError('cancelled', {
    what: 'The call was cancelled.',
    next: 'Call again when you want to go on.',
  });
}

/** Wakes everybody who waits for the next change. */
export class Changes {
  #waiting = new Set<() => void>();
  /** Counts the changes. */
  version = 0;

  notify(): void {
    this.version += 1;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves at once where there was a change after `version`. Rejects with `cancelled`. */
  async after(version: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    if (this.version !== version) return;
    let wake = () => {};
    const change = new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.add(wake);
    });
    try {
      await waitFor(change, signal);
    } finally {
      this.#waiting.delete(wake);
    }
  }
}
