import type { ResourceFork, SandboxResource } from '../../sandbox/resource.ts';
import type { ForkView } from '../fork/fork-state.ts';
import type { RouteFact } from './routed.ts';

/** All that the status of a Sandbox is made from. Plain data: the same facts, the same status. */
export interface SandboxFacts {
  readonly resource: SandboxResource;
  readonly routingKey: string;
  readonly nowEpochMs: number;
  readonly forks: readonly ForkFacts[];
  /** Why Services cannot be, or are not yet, led through the router. */
  readonly enrolment: EnrolmentFact;
  readonly routersReady: number;
}

export type EnrolmentFact =
  | { readonly kind: 'enrolled' }
  | { readonly kind: 'pending'; readonly message: string }
  | Problem;

export interface Problem {
  readonly kind: 'refused';
  readonly reason: string;
  readonly message: string;
  readonly next: string;
}

export type ForkFacts =
  | { readonly fork: ResourceFork; readonly made: Problem }
  | {
      readonly fork: ResourceFork;
      readonly made: Made;
    };

export interface Made {
  readonly kind: 'made';
  readonly workload: string;
  readonly container: string;
  readonly view: ForkView;
  readonly route: RouteFact;
  readonly readyWithinMs: number;
  readonly logTail: readonly string[];
}
