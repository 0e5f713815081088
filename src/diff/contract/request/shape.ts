import { asObject, type Json, listOf, member, resolve } from '../document.ts';
import { anything, type Limit, lowerLimits, type Shape, upperLimits } from './operation.ts';

const mostLevels = 12;
const mostSchemas = 20_000;

/** Reads the schemas of one document; a ring of references ends where it closes, and so does what is past the bounds. */
export function shapeReader(document: unknown): (schema: unknown) => Shape {
  let left = mostSchemas;
  const read = (given: unknown, within: readonly Json[]): Shape => {
    const schema = resolve(document, given);
    left -= 1;
    if (schema === null || left < 0 || within.length > mostLevels || within.includes(schema)) return anything;
    const inner = (one: unknown): Shape => read(one, [...within, schema]);
    let shape = own(schema, inner);
    for (const part of listOf(schema.allOf)) shape = both(shape, inner(part));
    for (const alternatives of [listOf(schema.oneOf), listOf(schema.anyOf)]) {
      const real = alternatives.filter((one) => resolve(document, one)?.type !== 'null');
      const [first, ...others] = real.map(inner);
      if (first === undefined) continue;
      const joined = both(shape, others.reduce(either, first));
      shape = real.length < alternatives.length ? { ...joined, nullable: true } : joined;
    }
    return shape;
  };
  return (schema) => read(schema, []);
}

function own(schema: Json, inner: (schema: unknown) => Shape): Shape {
  const given = [schema.type].flat().filter((type): type is string => typeof type === 'string');
  const types = given.filter((type) => type !== 'null').sort();
  const values = Object.hasOwn(schema, 'const') ? [schema.const] : schema.enum;
  const required = listOf(schema.required);
  const fields = Object.entries(asObject(schema.properties) ?? {}).flatMap(([name, property]) =>
    member(property, 'readOnly') === true
      ? []
      : [[name, { required: required.includes(name), shape: inner(property) }] as const],
  );
  return {
    types: types.length === 0 ? null : types,
    nullable: schema.nullable === true || given.includes('null') || listOf(values).includes(null),
    values: Array.isArray(values) ? values.map((value) => JSON.stringify(value)).sort() : null,
    limits: limitsOf(schema),
    pattern: typeof schema.pattern === 'string' ? schema.pattern : null,
    format: typeof schema.format === 'string' && schema.format !== 'password' ? schema.format : null,
    closed: schema.additionalProperties === false,
    fields: new Map(fields),
    items: asObject(schema.items) === null ? null : inner(schema.items),
  };
}

/** In OpenAPI 3.0 `exclusiveMinimum: true` says how `minimum` is meant; from 3.1 on it is a number of its own. */
function limitsOf(schema: Json): Shape['limits'] {
  const limits: Partial<Record<Limit, number>> = {};
  for (const name of [...lowerLimits, ...upperLimits, 'multipleOf'] as const) {
    const value = schema[name];
    if (typeof value === 'number') limits[name] = value;
  }
  for (const [exclusive, plain] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const value = limits[plain];
    if (schema[exclusive] !== true || value === undefined) continue;
    limits[exclusive] = value;
    delete limits[plain];
  }
  if (schema.uniqueItems === true) limits.uniqueItems = 1;
  return limits;
}

/** What passes both. */
function both(one: Shape, other: Shape): Shape {
  const types =
    one.types === null || other.types === null
      ? (one.types ?? other.types)
      : one.types.filter((type) => other.types?.includes(type));
  const fields = new Map(one.fields);
  for (const [name, field] of other.fields) {
    const known = fields.get(name);
    fields.set(
      name,
      known === undefined
        ? field
        : { required: known.required || field.required, shape: both(known.shape, field.shape) },
    );
  }
  const limits: Partial<Record<Limit, number>> = { ...one.limits };
  for (const [name, value] of Object.entries(other.limits) as [Limit, number][]) {
    const known = limits[name];
    const upper = upperLimits.some((limit) => limit === name);
    limits[name] = known === undefined ? value : upper ? Math.min(known, value) : Math.max(known, value);
  }
  return {
    types,
    nullable: one.nullable || other.nullable,
    values:
      one.values === null || other.values === null
        ? (one.values ?? other.values)
        : one.values.filter((value) => other.values?.includes(value)),
    limits,
    pattern: one.pattern ?? other.pattern,
    format: one.format ?? other.format,
    closed: one.closed || other.closed,
    fields,
    items:
      one.items !== null && other.items !== null ? both(one.items, other.items) : (one.items ?? other.items),
  };
}

/** What passes one of them at least. */
function either(one: Shape, other: Shape): Shape {
  const union = (a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null =>
    a === null || b === null ? null : [...new Set([...a, ...b])].sort();
  const fields = new Map<string, { required: boolean; shape: Shape }>();
  for (const name of new Set([...one.fields.keys(), ...other.fields.keys()])) {
    const [a, b] = [one.fields.get(name), other.fields.get(name)];
    if (a !== undefined && b !== undefined)
      fields.set(name, { required: a.required && b.required, shape: either(a.shape, b.shape) });
    else fields.set(name, { required: false, shape: (a ?? b)?.shape ?? anything });
  }
  const limits: Partial<Record<Limit, number>> = {};
  for (const [name, value] of Object.entries(one.limits) as [Limit, number][]) {
    const known = other.limits[name];
    if (known === undefined) continue;
    const upper = upperLimits.some((limit) => limit === name);
    limits[name] = upper ? Math.max(known, value) : Math.min(known, value);
  }
  return {
    types: union(one.types, other.types),
    nullable: one.nullable || other.nullable,
    values: union(one.values, other.values),
    limits,
    pattern: one.pattern === other.pattern ? one.pattern : null,
    format: one.format === other.format ? one.format : null,
    closed: one.closed && other.closed,
    fields,
    items: one.items === null || other.items === null ? null : either(one.items, other.items),
  };
}
