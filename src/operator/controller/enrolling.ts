import { KubeError } from '../../kube/api.ts';
import type { Service } from '../../kube/objects.ts';
import { routesOf } from '../enrolment/routes.ts';
import { isEnrolled as leadsToRouters } from '../enrolment/swap.ts';
import { shadowOf } from '../fork/find-workload.ts';
import type { EnrolmentFact, Problem } from './facts.ts';
import { forbidden, isTerminating } from './forbidden.ts';

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
      if (!this.#signal.aborted) {
        this.#onError(namespace, error);
        const problem = refusalOf(error);
        if (problem !== null) asked.results = names.map((service) => ({ service, ...problem }));
      }
    } finally {
      asked.running = false;
      asked.atMs = performance.now();
      if (!this.#signal.aborted) this.#onResult(namespace);
    }
  }
}

/** What trying again at once does not change: a missing right, a quota, an admission policy. */
function refusalOf(error: unknown): Problem | null {
  const right = forbidden(error);
  if (right !== null) return right;
  if (!(error instanceof KubeError) || isTerminating(error) || ![400, 403, 422].includes(error.status))
    return null;
  return {
    kind: 'refused',
    reason: 'EnrolmentDenied',
    message: `The API server does not let the Services be enrolled: ${error.message}`,
    next: 'Mend what it names, such as a quota or an admission policy; it is tried again by itself.',
  };
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

/** Not by its annotation alone: that stays for a moment when it is given back, and when others point it elsewhere. */
function isEnrolled(name: string, services: readonly Service[]): boolean {
  const service = services.find(({ metadata }) => metadata.name === name);
  const shadow = shadowOf(name, services);
  return service !== undefined && shadow !== null && leadsToRouters(service, routesOf(shadow));
}
