import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A schema of a tool as clients see it, in JSON Schema 2020-12. What allows anything is left out, as JSON Schema allows
 * it anyway: each word of the tool list costs every conversation.
 */
export function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  return compact(z.toJSONSchema(schema, { io, target: 'draft-2020-12' })) as JsonSchema;
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (value === null || typeof value !== 'object') return value;
  const { type, ...rest } = value as Readonly<Record<string, unknown>>;
  // A list of types is legal, but some hosts read `type` as one word.
  if (Array.isArray(type)) return compact({ ...rest, anyOf: type.map((one) => ({ type: one })) });
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !saysNothing(key, member))
      .map(([key, member]) => [key, compact(member)]),
  );
}

function saysNothing(key: string, member: unknown): boolean {
  if (key === 'propertyNames') return JSON.stringify(member) === '{"type":"string"}';
  return (key === 'additionalProperties' || key === 'properties') && JSON.stringify(member) === '{}';
}
