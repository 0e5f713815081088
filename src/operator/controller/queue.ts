/** How a pass over a key ended: done, or look again. `failed` counts towards the back-off. */
export type PassEnd = { readonly kind: 'done' } | { readonly kind: 'again'; readonly inMs: number };

export interface QueueOptions {
  readonly work: (key: string, signal: AbortSignal) => Promise<PassEnd>;
  readonly onError: (key: string, error: unknown, failures: number) => void;
  /** Keys that are worked on at once. */
  readonly workers: number;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/** Node's timers take no more. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Keys that need a pass. One pass of a key at a time; what is added while it runs causes one more after it, so no
 * wake is lost. A pass that rejects comes again, each time later. Ends when its signal aborts.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly atMs: number }>();
  readonly #failures = new Map<string, number>();
  readonly #idle: (() => void)[] = [];

  constructor(options: QueueOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener(
      'abort',
      () => {
        for (const { timer } of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
        this.#waiting.clear();
        this.#settle();
      },
      { once: true },
    );
  }

  get depth(): number {
    return this.#waiting.size + this.#running.size;
  }

  add(key: string): void {
    if (this.#signal.aborted) return;
    if (this.#running.has(key)) this.#dirty.add(key);
    else this.#waiting.add(key);
    this.#start();
  }

  /** The earliest of several times for one key counts. */
  addAfter(key: string, inMs: number): void {
    if (this.#signal.aborted) return;
    if (inMs <= 0) {
      this.add(key);
      return;
    }
    const atMs = performance.now() + inMs;
    const before = this.#timers.get(key);
    if (before !== undefined && before.atMs <= atMs) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(inMs, longestTimerMs),
    );
    this.#timers.set(key, { timer, atMs });
  }

  /** Resolves when no pass runs any more, after the signal aborted. */
  async ended(): Promise<void> {
    while (!this.#signal.aborted || this.#running.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.workers) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#pass(key);
    }
  }

  async #pass(key: string): Promise<void> {
    try {
      const end = await this.#options.work(key, this.#signal);
      this.#failures.delete(key);
      if (end.kind === 'again') this.addAfter(key, end.inMs);
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(key, error);
    } finally {
      this.#running.delete(key);
      if (this.#dirty.delete(key)) this.add(key);
      this.#settle();
      this.#start();
    }
  }

  #failed(key: string, error: unknown): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.onError(key, error, failures);
    const { firstPauseMs = 50, longestPauseMs = 15_000 } = this.#options;
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
    this.addAfter(key, pause * (0.5 + Math.random() / 2));
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
