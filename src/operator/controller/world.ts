import type { KubeApi } from '../../kube/api.ts';
import type { Refusals } from '../../kube/forbidden.ts';
import type { Log } from '../../log.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import type { Metrics } from '../metrics.ts';
import type { AgentClient } from './agent-client.ts';
import type { Baselines } from './baselines.ts';
import type { Enrolling } from './enrolling.ts';
import type { EventSink } from './events.ts';
import type { Problem } from './facts.ts';
import type { Memory } from './memory.ts';
import type { OurStores } from './our-stores.ts';
import type { RouteFollower, RouterPod } from './route-follower.ts';

/** What a pass has at hand. */
export interface World {
  /** Refuses writes once the lease is lost. */
  readonly kube: KubeApi;
  /** Of the installation that this controller is of. */
  readonly systemNamespace: string;
  readonly stores: OurStores;
  /** What the API refuses to those who follow it for us. */
  readonly refusals: Refusals;
  /** Why no Sandbox can be worked on, as far as the CRD tells. */
  readonly crdProblem: () => Problem | null;
  readonly baselines: Baselines;
  readonly enrolling: Enrolling;
  readonly follower: RouteFollower;
  readonly agents: AgentClient;
  readonly events: EventSink;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly memoryOf: (key: string) => Memory;
  readonly forget: (key: string) => void;
  /** Routers that serve, ready or not. */
  readonly routers: (namespace: string) => readonly RouterPod[];
  /** What they say of themselves, by namespace. */
  readonly routerStates: RouteFollower;
}

/** One sandbox in one pass. */
export interface Subject {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly memory: Memory;
  readonly resource: SandboxResource;
}
