/** The words of a comparison. A *place* is an RFC 9535 path (`$.items[*].sku`), `header:<name>` or `status`; of a request `request:<where>`. */

export type Severity = 'breaking' | 'suspicious' | 'harmless';

export type Differs = 'none' | Severity;

/** Of answers. */
export type AnswerRuleId =
  | 'removed-field'
  | 'added-field'
  | 'renamed-field'
  | 'type-changed'
  | 'value-changed'
  | 'null-introduced'
  | 'format-changed'
  | 'status-changed'
  | 'header-removed'
  | 'header-added'
  | 'header-changed'
  | 'content-type-changed'
  | 'order-changed'
  | 'array-length-changed'
  | 'became-volatile'
  | 'latency-regressed'
  | 'leaked-field'
  | 'calls-multiplied'
  | 'calls-failed'
  | 'errors-added'
  | 'no-answer';

/** Of what an OpenAPI document takes. */
export type RequestRuleId =
  | 'operation-removed'
  | 'security-tightened'
  | 'request-media-type-removed'
  | 'request-required'
  | 'request-type-narrowed'
  | 'request-enum-narrowed'
  | 'request-limit-tightened'
  | 'request-pattern-changed'
  | 'request-part-removed';

export type RuleId = AnswerRuleId | RequestRuleId;

export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly place: string;
  /** JSON values, cut to a bounded size; missing where the place does not exist on that side. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Whether as many answers agree on it as its rule asks for. */
  readonly confirmed: boolean;
  /** Why it is no noise, and what a client would feel: one sentence each. */
  readonly why: string;
  readonly effect: string;
  /** Of service, method, path template, status class, rule and place; not of values. See `fingerprint.ts`. */
  readonly fingerprint: string;
  /** How many answers of each side it rests on. */
  readonly answers: { readonly baseline: number; readonly candidate: number };
}

export type Dimension =
  | 'presence'
  | 'type'
  | 'nullability'
  | 'format'
  | 'length'
  | 'order'
  | 'magnitude'
  | 'value';

/** What differs between two answers of the baseline to the same request. */
export interface VolatilePlace {
  readonly place: string;
  readonly dimensions: readonly Dimension[];
}
