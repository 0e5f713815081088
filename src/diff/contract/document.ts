/** A JSON document read by hand: what is not of the form asked for is simply not there. */

export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export function member(value: unknown, name: string): unknown {
  const object = asObject(value);
  return object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Follows local references (`#/components/schemas/Order`); null where one leads nowhere, elsewhere, or in a ring. */
export function resolve(document: unknown, node: unknown): Json | null {
  let at = node;
  for (let hops = 0; hops < 20; hops += 1) {
    const reference = member(at, '$ref');
    if (typeof reference !== 'string') return asObject(at);
    if (!reference.startsWith('#/')) return null;
    at = reference
      .slice(2)
      .split('/')
      .map((step) => decoded(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((value, step) => member(value, step), document);
  }
  return null;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
