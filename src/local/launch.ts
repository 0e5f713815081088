import type { Fork } from './fork.ts';
import type { Surroundings } from './service-run.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/**
 * The forks that one provision or update starts from one tree, and the snapshot that they share. It ends with the last of
 * them: work on the snapshot is aborted when none waits for it, its folder is removed when none runs in it.
 */
export class Launch {
  readonly #forks: Set<Fork>;
  readonly #controller = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #snapshot: Snapshot | null = null;

  constructor(forks: readonly Fork[]) {
    this.#forks = new Set(forks);
  }

  has(fork: Fork): boolean {
    return this.#forks.has(fork);
  }

  get folder(): string | null {
    return this.#snapshot?.folder ?? null;
  }

  /** Resolves when each fork is ready or failed. Never rejects. */
  run(options: {
    readonly tree: string;
    readonly workingTree: string;
    readonly snapshots: Snapshots;
    readonly around: Surroundings;
    readonly onPhase: (phase: 'snapshot' | 'setup', milliseconds: number) => void;
  }): Promise<void> {
    const { tree, workingTree, snapshots, around, onPhase } = options;
    const forks = [...this.#forks];
    const services = forks.map(({ service }) => service);
    const go = async () => {
      try {
        const request = { tree, services, workingTree, onPhase };
        this.#snapshot = await snapshots.take(request, this.#controller.signal);
      } catch (error) {
        for (const fork of forks) fork.fail(error);
        return;
      }
      const snapshot = this.#snapshot;
      await Promise.all(forks.map((fork) => fork.start(snapshot, around)));
    };
    this.#work = go();
    return this.#work;
  }

  /** Ends a fork, and the snapshot with the last one. Returns what is left, empty when nothing is. */
  async end(fork: Fork): Promise<string[]> {
    // Forks that are already ending count as gone: their siblings' ends run at the same time.
    const stopping = fork.stop();
    if ([...this.#forks].every((each) => each.ending.aborted)) {
      this.#controller.abort();
      await this.#work;
    }
    const left = [await stopping, await fork.stop()].filter((each) => each !== null);
    if (left.length > 0) return [...new Set(left)];
    this.#forks.delete(fork);
    if (this.#forks.size > 0) return [];
    const folder = (await this.#snapshot?.remove()) ?? null;
    return folder === null ? [] : [folder];
  }
}
