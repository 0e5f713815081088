import type { Receipt } from '../sandbox/hop.ts';

/**
 * For so long a router goes by what it last heard of the API for certain; then it refuses requests with a key, since it
 * may lack the sandbox that the key is of, until it hears again.
 */
export const deafAfterMs = 30_000;
/** So long after a key was written no router leads it to the baseline: the beat of an agent that died is over, too. */
export const refusesWithinMs = deafAfterMs + 8_000;

/** Ends a trouble that a missing right is: only an administrator ends it, who is told at once what is missing next. */
export const installAgain = 'run seatrial install again';

/**
 * What a router's agent answers on its pod's address (`ports.routerAgent`), read-only, JSON:
 *
 * - `GET /livez`, `GET /readyz` (200 when the whole table, forks and tombstones, is in HAProxy; `{ trouble }` says what
 *   keeps it from knowing its namespace: one that is deaf stays ready, as requests without key need it), `GET /metrics`
 * - `GET /v1/routes?sandbox=<name>&after=<version>&wait=<ms>` → RouterRoutes; waits up to `wait` for a version after
 *   the given one; without a sandbox, what the router says of itself
 * - `GET /v1/tombstones?key=<key>` → `{ loaded: boolean }`: the key was taken back, and is refused here
 * - `GET /v1/enrolled` → RouterPort[]: what the map holds for each router port
 * - `GET /v1/receipts?key=<key>&correlation=<c>&…&hops=<n>` → RouterReceipt
 */
export interface RouterRoutes {
  /** Grows with each change of this answer. */
  readonly version: number;
  /** False until the whole table is loaded. */
  readonly loaded: boolean;
  /** What keeps the router from knowing its namespace, as a sentence goes on after its name. */
  readonly trouble?: string | null;
  readonly forks: readonly RouterFork[];
}

export interface RouterFork {
  readonly service: string;
  /** `routed`: in HAProxy's map, towards `instance`. `refused`: 503 with `reason`. */
  readonly state: 'routed' | 'refused';
  readonly reason: string | null;
  /** `<podUID>/<restarts>`. */
  readonly instance: string | null;
  /** Of the Sandbox that it is of: another one may have had the name, and another key. */
  readonly sandboxUid?: string;
  /** One request of ours was seen at the fork, through HAProxy. */
  readonly canary: 'pending' | 'seen' | 'not-needed';
  /** False: its container runs, and nothing took a connection on its port when it was asked last. */
  readonly listens?: boolean;
  readonly message: string | null;
}

export interface RouterPort {
  readonly service: string;
  readonly port: number;
  readonly routerPort: number;
  readonly protocol: 'http' | 'tcp';
  /** `ip:port` of the shadow Service. */
  readonly baseline: string;
  /** Connections of callers that are open, idle ones included. */
  readonly connections: number;
  /** Whether the shadow ever took a connection from this router. */
  readonly reachable: boolean;
}

/** The receipt of one router. Its epoch changes when its HAProxy or agent was started anew. */
export type RouterReceipt = Receipt;

/** A line of the list of tombstones (a ConfigMap: key → this, as JSON). */
export interface TombstoneEntry {
  readonly sandbox: string;
  readonly services: readonly string[];
  readonly reason: string;
  /** RFC 3339. */
  readonly until: string;
}
