import type { Hop, HopCount, Receipt } from '../sandbox/hop.ts';

/**
 * What the gateway in the cluster answers, over one HTTP/2 session on its pod's loopback (`ports.gateway`), reached by
 * port-forward. Nothing administrative.
 *
 * - `CONNECT <service>:<port>`: a byte stream to that Service of its namespace, as callers reach it. Half-close is
 *   END_STREAM. 404 where no such Service, 502 where it does not accept.
 * - `GET /v1/services` → ClusterService[]
 * - `GET /v1/receipts?key=…&correlation=…&hops=…` → ClusterReceipt, summed over all routers
 * - `GET /v1/logs/<sandbox>/<service>?tail=…` → `{ lines }`, of the sandbox's own fork pods only
 * - `GET /v1/version` → `{ version, namespace }`
 *
 * Errors are `{ code, what, why?, next }` with a status of 400 or more.
 */
export interface ClusterService {
  readonly name: string;
  /** First HTTP port, which requests without another go to; null where it has none. */
  readonly port: number | null;
  readonly forkable: boolean;
  readonly refusal: string | null;
  readonly enrolled: boolean;
  readonly workload: string | null;
  /** `seatrial.dev/commit` of the Deployment. */
  readonly commit: string | null;
  readonly image: string | null;
  /** Of the image that pods of the workload run now, as nodes tell: `sha256:<hex>`. Several while it is rolled. */
  readonly digests: readonly string[];
}

export interface ClusterReceipt extends Receipt {
  readonly counts: readonly HopCount[];
  readonly hops: readonly Hop[];
  /** Pods that were asked. */
  readonly routers: readonly string[];
}
