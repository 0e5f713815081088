/** Bounds of one run. Milliseconds and bytes. */
export interface Limits {
  /** From the first request to the last; what is not sent by then stays unsent. */
  readonly runMs: number;
  /** Of a request that names none of its own. */
  readonly requestMs: number;
  /** Kept of each body. */
  readonly bodyBytes: number;
  /** Over all passes. */
  readonly requests: number;
  /** Of each side, as many as the diff may ask for. */
  readonly passes: number;
}

export const defaultLimits: Limits = {
  runMs: 10 * 60_000,
  requestMs: 30_000,
  bodyBytes: 1024 * 1024,
  requests: 5_000,
  passes: 7,
};
