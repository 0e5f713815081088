import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceConfig } from '../config/config.ts';
import type { OwnProcess } from '../exchange.ts';
import type { Log } from '../log.ts';
import { otherTree } from './errors.ts';
import { takePort } from './ports.ts';
import type { Address } from './ready.ts';
import { ServiceRun, type Surroundings } from './service-run.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

export interface BaselineOptions {
  readonly tree: string;
  readonly services: readonly ServiceConfig[];
  readonly workingTree: string;
  readonly snapshots: Snapshots;
  readonly around: Surroundings;
  /** Ports that are given to neighbours before the process runs, and stay: of shared services that speak no HTTP. */
  readonly fixedPorts: ReadonlyMap<string, number>;
  readonly log: Log;
}

const backOffMs = { first: 100, most: 10_000, healthy: 30_000 } as const;

/** The baseline's processes: started together on first need, started again when one ends, until closed. */
export class BaselineServices {
  readonly #options: BaselineOptions;
  readonly #runs = new Map<string, ServiceRun>();
  readonly #addresses = new Map<string, Address>();
  readonly #closing = new AbortController();
  /** Restarts under way; `close` waits for them. */
  readonly #keeping = new Set<Promise<void>>();
  #started: Promise<void> | null = null;
  #snapshot: Snapshot | null = null;

  constructor(options: BaselineOptions) {
    this.#options = options;
  }

  /** Null while the service does not run. */
  address(service: string): Address | null {
    return this.#addresses.get(service) ?? null;
  }

  /** Resolves when all of it serves. A failed start ends all of it, rejects, and is tried again at the next call. */
  start(): Promise<void> {
    this.#started ??= this.#start().catch(async (error: unknown) => {
      await this.#stopAll();
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  own(service: string): OwnProcess | undefined {
    return this.#runs.get(service)?.own;
  }

  tail(service: string, count: number): string[] {
    return this.#runs.get(service)?.log.tail(count) ?? [];
  }

  /** What is left, empty when nothing is. */
  async close(): Promise<string[]> {
    this.#closing.abort();
    await this.#started?.catch(() => {});
    return await this.#stopAll();
  }

  async #start(): Promise<void> {
    const { services, tree, workingTree, snapshots } = this.#options;
    const signal = this.#closing.signal;
    signal.throwIfAborted();
    this.#snapshot = await snapshots.take({ tree, services, workingTree, onPhase: () => {} }, signal);
    // All verdicts compare with it: a baseline of any other code would make them worthless.
    if (this.#snapshot.tree !== tree) throw otherTree(tree, this.#snapshot.tree);
    // Databases and the like first: others may end when theirs does not answer. Among the rest there is no order.
    await this.#startThese(services.filter(({ shared }) => shared));
    await this.#startThese(services.filter(({ shared }) => !shared));
    for (const run of this.#runs.values()) this.#keep(run);
  }

  async #startThese(services: readonly ServiceConfig[]): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, failed.signal]);
    let first: { readonly error: unknown } | null = null;
    await Promise.all(
      services.map(async (service) => {
        try {
          const port = this.#options.fixedPorts.get(service.name) ?? (await takePort());
          await this.#serve(this.#spawn(service, port, null), signal);
        } catch (error) {
          // The others end at once; what they then say is not the cause.
          first ??= { error };
          failed.abort();
        }
      }),
    );
    if (first !== null) throw (first as { readonly error: unknown }).error;
  }

  #spawn(service: ServiceConfig, port: number, before: ServiceRun | null): ServiceRun {
    const run = new ServiceRun(
      {
        label: `${service.name} of the baseline`,
        logName: `baseline-${service.name}`,
        service,
        snapshot: this.#snapshot?.folder ?? '',
        warnings: before === null ? (this.#snapshot?.warnings ?? []) : ['it ended and is started again'],
        env: {},
        port,
        ...(before === null ? {} : { log: before.log }),
      },
      this.#options.around,
    );
    this.#runs.set(service.name, run);
    return run;
  }

  async #serve(run: ServiceRun, signal: AbortSignal): Promise<void> {
    this.#addresses.set(run.service.name, await run.ready(signal));
  }

  /** Starts the service again whenever it ends: neighbours and unkeyed requests get 502 meanwhile. */
  #keep(first: ServiceRun): void {
    const work = this.#keepRunning(first).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) {
        this.#options.log.error('baseline-lost', { service: first.service.name, message: String(error) });
      }
    });
    this.#keeping.add(work);
    void work.finally(() => this.#keeping.delete(work));
  }

  async #keepRunning(first: ServiceRun): Promise<void> {
    const { signal } = this.#closing;
    const { service } = first;
    let run = first;
    let wait: number = backOffMs.first;
    while (true) {
      const begun = performance.now();
      await Promise.race([run.group.ended, aborted(signal)]);
      signal.throwIfAborted();
      this.#addresses.delete(service.name);
      const { exit } = run.group;
      this.#options.log.warn('baseline-ended', { service: service.name, ...exit });
      await run.stop();
      if (performance.now() - begun > backOffMs.healthy) wait = backOffMs.first;
      await delay(wait, undefined, { signal });
      wait = Math.min(wait * 2, backOffMs.most);
      run = this.#spawn(service, this.#options.fixedPorts.get(service.name) ?? (await takePort()), run);
      signal.throwIfAborted();
      await this.#serve(run, signal).catch(async (error: unknown) => {
        signal.throwIfAborted();
        this.#options.log.warn('baseline-not-ready', { service: service.name, message: String(error) });
        await run.stop();
      });
    }
  }

  async #stopAll(): Promise<string[]> {
    this.#addresses.clear();
    const stopped = await Promise.all([...this.#runs.values()].map((run) => run.stop()));
    await Promise.all(this.#keeping);
    // One that a restart made while we stopped the others.
    const late = await Promise.all([...this.#runs.values()].map((run) => run.stop()));
    for (const run of this.#runs.values()) run.log.close();
    this.#runs.clear();
    const left = (await this.#snapshot?.remove()) ?? null;
    this.#snapshot = null;
    return [...new Set([...stopped, ...late, left])].filter((each) => each !== null);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
