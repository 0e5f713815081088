/**
 * `{{ a.b.c }}` references in text and JSON. References are paths, never expressions. A value that is exactly one
 * reference keeps the type of what it refers to.
 */
export type Lookup = (path: readonly string[]) => unknown;

const reference = /\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}/g;
const anyBraces = /\{\{(.*?)\}\}/gs;

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** All references in a value of any shape, in order, as `a.b.c`. Throws TemplateError for braces that hold none. */
export function references(value: unknown): string[] {
  if (typeof value === 'string') {
    return [...value.matchAll(anyBraces)].map((match) => parseReference(match[0]));
  }
  if (Array.isArray(value)) return value.flatMap(references);
  if (value !== null && typeof value === 'object') return Object.entries(value).flat().flatMap(references);
  return [];
}

/** Text with every reference replaced; values that are no strings are written as JSON. */
export function renderText(template: string, lookup: Lookup): string {
  return template.replace(anyBraces, (braces) => {
    const value = lookup(parseReference(braces).split('.'));
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** JSON with every reference in its strings (keys too) replaced. */
export function renderValue(template: unknown, lookup: Lookup): unknown {
  if (typeof template === 'string') {
    const whole = template.match(anyBraces);
    if (whole?.length === 1 && whole[0] === template.trim())
      return lookup(parseReference(template.trim()).split('.'));
    return renderText(template, lookup);
  }
  if (Array.isArray(template)) return template.map((item) => renderValue(item, lookup));
  if (template !== null && typeof template === 'object') {
    return Object.fromEntries(
      Object.entries(template).map(([key, value]) => [renderText(key, lookup), renderValue(value, lookup)]),
    );
  }
  return template;
}

function parseReference(braces: string): string {
  const match = new RegExp(`^${reference.source}$`).exec(braces);
  if (match?.[1] === undefined) {
    throw new TemplateError(
      `${braces} is no reference: write a path such as {{ params.sku }}, without operators`,
    );
  }
  return match[1];
}
