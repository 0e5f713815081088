import type { Operation } from '../../contract/request/operation.ts';
import type { RequestRuleId, Severity } from '../../finding.ts';

/** One way in which a document takes fewer requests than another. After oasdiff's table for requests. */
export interface RequestRule {
  readonly id: RequestRuleId;
  readonly severity: Severity;
  readonly means: string;
  /** What a client would feel, one sentence. */
  readonly effect: string;
  /** What is taken of an operation `POST /carts` (parts of its OpenAPI object; null where there is no such operation). */
  readonly example: { readonly before: unknown; readonly after: unknown; readonly place: string };
  /** The same change the other way round, and what that is. */
  readonly inverse: { readonly gives: RequestRuleId | 'nothing' };
  /** `after` is null where the operation is gone. */
  readonly find: (before: Operation, after: Operation | null) => readonly Narrowed[];
}

export interface Narrowed {
  readonly place: string;
  /** As JSON; missing where there is nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
}
