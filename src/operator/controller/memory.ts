import type { Deployment, KubeObject, NetworkPolicy } from '../../kube/objects.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';

/**
 * What the controller knows of a sandbox beyond the API's word: answers to its own writes, which the watch may tell
 * of later, and what it need not ask twice. All of it can be lost: a new leader begins with none.
 */
export interface Memory {
  /** Of the Sandbox that all of this is about. */
  uid: string | null;
  /** As the last write of ours left it. */
  written: SandboxResource | null;
  /** As it was seen last, where it is gone. */
  last: SandboxResource | null;
  lastWriteMs: number;
  /** The write of a status that told of more than progress. */
  lastChangeMs: number;
  /** Forks that we made, by name, until the watch tells of them. */
  readonly made: Map<string, Deployment>;
  /** Their policies, the same way. */
  readonly policies: Map<string, NetworkPolicy>;
  /** By service: pod, restarts and readiness for which routers, by uid, had the route. */
  readonly routed: Map<string, { readonly life: string; readonly routers: ReadonlySet<string> }>;
  /** By service: since when it is seen to be asked for under a key that is written, on the clock that never jumps. */
  readonly wantedSince: Map<string, number>;
  /** By pod and life: last log lines. */
  readonly logs: Map<string, readonly string[]>;
  readonly deleted: Set<string>;
  /** What kept us from it, as it was told last. */
  toldProblem: string | null;
  tombstoned: boolean;
  /** Since when routers are asked whether they have the tombstone. */
  askedSinceMs: number | null;
  tombstoneLoaded: boolean;
}

export function newMemory(): Memory {
  return {
    uid: null,
    written: null,
    last: null,
    lastWriteMs: Number.NEGATIVE_INFINITY,
    lastChangeMs: Number.NEGATIVE_INFINITY,
    made: new Map(),
    policies: new Map(),
    routed: new Map(),
    wantedSince: new Map(),
    logs: new Map(),
    deleted: new Set(),
    toldProblem: null,
    tombstoned: false,
    askedSinceMs: null,
    tombstoneLoaded: false,
  };
}

/** The newer of what the watch told and what our last write answered. Versions grow (Kubernetes 1.35 on promises it). */
export function newer<T extends KubeObject>(seen: T, written: T | null): T {
  if (written === null || written.metadata.uid !== seen.metadata.uid) return seen;
  return versionOf(written) > versionOf(seen) ? written : seen;
}

export function newerOrNull<T extends KubeObject>(seen: T | null, written: T | null): T | null {
  return seen === null ? written : newer(seen, written);
}

function versionOf({ metadata: { resourceVersion = '' } }: KubeObject): bigint {
  return /^\d+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n;
}
