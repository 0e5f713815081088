/** What an OpenAPI document says that one operation takes. */
export interface Operation {
  readonly method: string;
  /** As the document writes it: `/carts/{id}`. */
  readonly path: string;
  /** By a key that does not hang on the names of path variables. */
  readonly inputs: ReadonlyMap<string, Input>;
  readonly body: 'none' | 'optional' | 'required';
  /** Media types of the body, lower case. */
  readonly media: readonly string[];
  /** Alternatives, each of them scheme → scopes; an empty one lets anybody in. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A parameter, or a place of the body. */
export interface Input {
  /** `request:query.limit`, `request:header.x-tenant`, `request:$.items[*].sku`, in other media `request:<media>:$.sku`. */
  readonly place: string;
  /** The key of what holds it; null for parameters and the root of a body. */
  readonly parent: string | null;
  /** Within its parent. */
  readonly required: boolean;
  /** Sent as text whatever its type: every parameter. */
  readonly text: boolean;
  readonly shape: Shape;
}

/** What a schema lets through; `null` where it says nothing. */
export interface Shape {
  readonly types: readonly string[] | null;
  readonly nullable: boolean;
  /** Values as JSON. */
  readonly values: readonly string[] | null;
  readonly limits: Readonly<Partial<Record<Limit, number>>>;
  readonly pattern: string | null;
  readonly format: string | null;
  /** No other fields than those it names. */
  readonly closed: boolean;
  readonly fields: ReadonlyMap<string, { readonly required: boolean; readonly shape: Shape }>;
  readonly items: Shape | null;
}

export const lowerLimits = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const;
export const upperLimits = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const;
export type Limit =
  | (typeof lowerLimits)[number]
  | (typeof upperLimits)[number]
  | 'multipleOf'
  /** 1 where items must differ. */
  | 'uniqueItems';

export const anything: Shape = {
  types: null,
  nullable: false,
  values: null,
  limits: {},
  pattern: null,
  format: null,
  closed: false,
  fields: new Map(),
  items: null,
};
