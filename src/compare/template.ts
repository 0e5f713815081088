/** What is to be sent, before its `{{ references }}` are resolved: once for every pass, with the values of that pass. */

export interface RequestTemplate {
  /** Unique in its session; `{{ steps.<id>.<capture> }}` in later requests refers to it. */
  readonly id: string;
  /** For people: the heading above the step. */
  readonly title: string;
  readonly service: string;
  readonly method: string;
  /** Origin form, begins with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyTemplate | null;
  /** `write`: more answers come only by replaying the whole session. */
  readonly state: 'read' | 'write';
  /** By name: the RFC 9535 path whose first node in the answer's body is taken. */
  readonly capture: Readonly<Record<string, string>>;
  /** Null: the run's own limit. */
  readonly timeoutMs: number | null;
}

export type BodyTemplate =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string };

/** One pass sends all of it, in order, against one side. */
export interface Session {
  readonly requests: readonly RequestTemplate[];
  /** What `{{ params.x }}` refers to: every parameter of the plan, defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What `{{ secrets.x }}` refers to; redacted by value from all that is kept. */
  readonly secrets: Readonly<Record<string, string>>;
}
