import type { Random } from './random.ts';
import type { Tree } from './tree.ts';
import type { Names } from './words.ts';

/** How a body is written down. `none`: there is none; `bytes`: it is not looked into. */
export type Form = 'json' | 'text' | 'csv' | 'html' | 'xml' | 'ndjson' | 'sse' | 'bytes' | 'none';

/** An endpoint as it answers: what the operators change. */
export interface Base {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, Tree])[];
  readonly form: Form;
  readonly body: Tree;
}

export interface Kind {
  readonly kind: string;
  readonly make: (random: Random, names: Names) => Partial<Base> & { readonly body: Tree };
}

export const mediaTypes: Readonly<Record<Form, string | null>> = {
  json: 'application/json',
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  xml: 'application/xml',
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
  bytes: 'application/octet-stream',
  none: null,
};
