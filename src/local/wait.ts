import { SeatrialError } from '../errors.ts';

/** Gives up waiting when the signal aborts; the work goes on. */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {});
    throw cancelled();
  }
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}

export function cancelled(): SeatrialError {
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
