import type { Duplex } from 'node:stream';
import type { KubeObject } from './objects.ts';

/**
 * The port to the Kubernetes API: plain objects in and out. `kube/client.ts` implements it over
 * `@kubernetes/client-node`, and nothing else of ours knows that library. Rejects with a KubeError, whose message
 * never holds headers, tokens or whole bodies.
 */
export interface KubeApi {
  /** `https://host:port` of the API server, for messages. */
  readonly server: string;
  /** Null where nothing has that name. */
  get<T extends KubeObject>(ref: ObjectRef, signal: AbortSignal): Promise<T | null>;
  list<T extends KubeObject>(
    resource: Resource,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<ListResult<T>>;
  /** One watch request; ends when the server ends it. Use `listWatch`, which begins it anew. */
  watch<T extends KubeObject>(
    resource: Resource,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, signal: AbortSignal): Promise<T>;
  patch<T extends KubeObject>(ref: ObjectRef, patch: Patch, signal: AbortSignal): Promise<T>;
  /** Resolves when the API took the deletion on; false where there was nothing. */
  delete(ref: ObjectRef, options: DeleteOptions, signal: AbortSignal): Promise<boolean>;
  /** The last lines of a container. Untrusted text. */
  logs(
    pod: { namespace: string; name: string },
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** A byte stream to a port on the pod's loopback. */
  portForward(pod: { namespace: string; name: string }, port: number, signal: AbortSignal): Promise<Duplex>;
  /** `status.userInfo.username` of a SelfSubjectReview. */
  whoAmI(signal: AbortSignal): Promise<string>;
  /** SelfSubjectAccessReview. */
  can(rule: AccessRule, signal: AbortSignal): Promise<boolean>;
  /** Version of the server, such as `v1.36.3`. */
  version(signal: AbortSignal): Promise<string>;
}

/** A kind of object, as it stands in a path of the API. */
export interface Resource {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface ObjectRef {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  /** All namespaces where missing. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
}

export type WatchEvent<T> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: T }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

export type Patch =
  | {
      readonly kind: 'json';
      readonly operations: readonly JsonPatchOperation[];
      readonly subresource?: 'status';
      readonly fieldManager?: string;
    }
  | {
      readonly kind: 'merge';
      readonly body: unknown;
      readonly subresource?: 'status';
      readonly fieldManager?: string;
    }
  | {
      readonly kind: 'apply';
      readonly body: unknown;
      readonly subresource?: 'status';
      readonly fieldManager: string;
      readonly force: boolean;
    };

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

export interface DeleteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly uid?: string;
  readonly gracePeriodSeconds?: number;
}

export interface LogOptions {
  readonly container?: string;
  readonly tail: number;
  /** Of the container's life before the last restart. */
  readonly previous?: boolean;
}

export interface AccessRule {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What the API said, or that it said nothing: `unreachable`. `status` is the HTTP status, 0 where there was none. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  /** `reason` of the Status object, such as `Conflict`, `AlreadyExists`, `Forbidden`, `Expired`; `Unreachable` by us. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}
