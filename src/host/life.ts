/** What keeps a host alive: calls, and whatever `serves` counts. */
export interface Life {
  track<T>(work: () => Promise<T>): Promise<T>;
  calls(): number;
  /** Resolves when nothing kept it alive for the whole idle time, or `stop` aborted. */
  readonly over: Promise<'idle' | 'stopped'>;
}

/** On a busy machine whoever started the host may reach it later than an idle time that is short; it gives up after 10 s. */
const firstCallMs = 10_000;

export function startLife(options: {
  readonly idleMs: number;
  readonly serves: () => number;
  readonly stop: AbortSignal;
}): Life {
  let calls = 0;
  let busyAt = Date.now() + firstCallMs;
  const over = new Promise<'idle' | 'stopped'>((resolve) => {
    const finish = (how: 'idle' | 'stopped') => {
      clearInterval(timer);
      options.stop.removeEventListener('abort', stopped);
      resolve(how);
    };
    const stopped = () => finish('stopped');
    const timer = setInterval(
      () => {
        if (calls > 0 || options.serves() > 0) busyAt = Date.now();
        else if (Date.now() - busyAt >= options.idleMs) finish('idle');
      },
      Math.min(250, Math.max(20, options.idleMs / 4)),
    );
    options.stop.addEventListener('abort', stopped);
    if (options.stop.aborted) stopped();
  });
  return {
    over,
    calls: () => calls,
    async track(work) {
      calls += 1;
      try {
        return await work();
      } finally {
        calls -= 1;
        busyAt = Date.now();
      }
    },
  };
}
