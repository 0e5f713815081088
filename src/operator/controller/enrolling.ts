import type { Service } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';
import { shadowOf } from '../fork/find-workload.ts';
import type { EnrolmentFact } from './facts.ts';

/** What `operator/enrolment` gives: Services led through routers, and the routers themselves. */
export interface EnrolmentPort {
  /** Prepares the namespace and enrols the Services. Idempotent; cheap when all is there. */
  ensure(
    namespace: string,
    services: readonly string[],
    by: 'user' | 'sandbox',
    signal: AbortSignal,
  ): Promise<readonly EnrolResult[]>;
  /** Keeps what is enrolled so, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export type EnrolResult = { readonly service: string } & (
  | { readonly kind: 'enrolled' }
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string; readonly next: string }
  | { readonly kind: 'pending'; readonly message: string }
);

interface Asked {
  running: boolean;
  atMs: number;
  results: readonly EnrolResult[];
}

/** Asked again at most so often while a Service is not enrolled. */
const againMs = 1_000;

/**
 * Enrols what sandboxes need, beside the passes: a pass never waits for it. One call of a namespace at a time; who
 * asked is woken when it is through.
 */
export class Enrolling {
  readonly #port: EnrolmentPort;
  readonly #onResult: (namespace: string) => void;
  readonly #onError: (namespace: string, error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #asked = new Map<string, Asked>();

  constructor(
    port: EnrolmentPort,
    onResult: (namespace: string) => void,
    onError: (namespace: string, error: unknown) => void,
    signal: AbortSignal,
  ) {
    this.#port = port;
    this.#onResult = onResult;
    this.#onError = onError;
    this.#signal = signal;
  }

  /** Whether all wanted Services are enrolled; asks for it where not. `routersReady`: of the namespace. */
  look(
    namespace: string,
    wanted: readonly string[],
    services: readonly Service[],
    routersReady: number,
  ): { readonly fact: EnrolmentFact; readonly recheckMs: number | null } {
    const missing = wanted.filter((name) => !isEnrolled(name, services));
    if (missing.length === 0 && routersReady > 0) return { fact: { kind: 'enrolled' }, recheckMs: null };
    const names = [...new Set(wanted)].sort();
    const key = `${namespace}/${names.join(',')}`;
    const asked = this.#asked.get(key) ?? { running: false, atMs: Number.NEGATIVE_INFINITY, results: [] };
    this.#asked.set(key, asked);
    const leftMs = asked.atMs + againMs - performance.now();
    if (!asked.running && leftMs <= 0) void this.#ask(namespace, names, asked);
    return { fact: factOf(asked.results, missing), recheckMs: asked.running ? null : Math.max(leftMs, 50) };
  }

  async #ask(namespace: string, names: readonly string[], asked: Asked): Promise<void> {
    asked.running = true;
    try {
      asked.results = await this.#port.ensure(namespace, names, 'sandbox', this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) this.#onError(namespace, error);
    } finally {
      asked.running = false;
      asked.atMs = performance.now();
      if (!this.#signal.aborted) this.#onResult(namespace);
    }
  }
}

function factOf(results: readonly EnrolResult[], missing: readonly string[]): EnrolmentFact {
  for (const result of results) {
    if (result.kind === 'refused') {
      const { reason, message, next } = result;
      return { kind: 'refused', reason, message, next };
    }
  }
  const pending = results.find((result) => result.kind === 'pending');
  if (pending?.kind === 'pending') return { kind: 'pending', message: pending.message };
  return {
    kind: 'pending',
    message: missing.length > 0 ? `Enrolling ${missing.join(', ')}.` : 'Waiting for a ready router.',
  };
}

function isEnrolled(name: string, services: readonly Service[]): boolean {
  const service = services.find(({ metadata }) => metadata.name === name);
  return (
    service?.metadata.annotations?.[annotations.original] !== undefined && shadowOf(name, services) !== null
  );
}
