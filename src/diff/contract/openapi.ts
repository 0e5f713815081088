import { bodyRoot, everyPlace, memberPlace, type Place } from '../find/place.ts';
import { asObject, type Json, listOf, member, resolve } from './document.ts';

/** What an OpenAPI document says of one place of a JSON answer. */
export interface DocumentedPlace {
  readonly place: string;
  /** The document lets an answer leave it out. */
  readonly optional: boolean;
  readonly nullable: boolean;
  /** JSON types that it may have; empty where the document does not say. */
  readonly types: readonly string[];
  /** An object that has no other fields than those documented (`additionalProperties: false`). */
  readonly closed: boolean;
}

const mostPlaces = 2000;
const mostLevels = 20;

/**
 * The places of the successful JSON answers of an operation (OpenAPI 3.0 and 3.1), found by method and path:
 * `/carts/{{ steps.add.cart }}?full=1` is `/carts/{id}`. Empty where the document knows no such operation. Never throws.
 */
export function documentedPlaces(
  document: unknown,
  operation: { readonly method: string; readonly pathTemplate: string },
): DocumentedPlace[] {
  const found = new Map<string, DocumentedPlace>();
  const responses = asObject(member(resolve(document, operationOf(document, operation)), 'responses'));
  for (const [status, response] of Object.entries(responses ?? {})) {
    if (!/^2/.test(status)) continue;
    const content = asObject(member(resolve(document, response), 'content')) ?? {};
    for (const [type, media] of Object.entries(content)) {
      if (/json/i.test(type)) collect(document, member(media, 'schema'), bodyRoot, false, found, 0);
    }
  }
  return [...found.values()];
}

/** Why a document cannot be used, in words; null where it can. */
export function documentProblem(document: unknown): string | null {
  const version = member(document, 'openapi');
  if (typeof version !== 'string') return 'it has no `openapi` version (Swagger 2.0 is not read)';
  if (!/^3\.[012]\./.test(version)) return `its version is ${JSON.stringify(version.slice(0, 20))}, not 3.x`;
  return asObject(member(document, 'paths')) === null ? 'it has no `paths`' : null;
}

function operationOf(
  document: unknown,
  { method, pathTemplate }: { readonly method: string; readonly pathTemplate: string },
): unknown {
  const paths = Object.entries(asObject(member(document, 'paths')) ?? {});
  const wanted = pathTemplate.replace(/[?#].*$/, '');
  const prefixes = listOf(member(document, 'servers')).map((server) => basePath(member(server, 'url')));
  const fitting = paths
    .filter(([path]) => ['', ...prefixes].some((prefix) => fits(prefix + path, wanted)))
    .sort(([one], [other]) => variables(one) - variables(other) || (one < other ? -1 : 1));
  const item = fitting[0] === undefined ? null : resolve(document, fitting[0][1]);
  return member(item, method.toLowerCase());
}

function basePath(url: unknown): string {
  const match = typeof url === 'string' ? /^(?:[a-z]+:\/\/[^/]*)?(\/[^?#{]*)?$/i.exec(url) : null;
  return (match?.[1] ?? '').replace(/\/$/, '');
}

function fits(documented: string, wanted: string): boolean {
  const one = documented.split('/');
  const other = wanted.split('/');
  return (
    one.length === other.length &&
    one.every((segment, index) => /^\{[^}]*\}$/.test(segment) || segment === other[index])
  );
}

function variables(path: string): number {
  return path.split('{').length;
}

function collect(
  document: unknown,
  given: unknown,
  place: Place,
  optional: boolean,
  found: Map<string, DocumentedPlace>,
  level: number,
): void {
  const schema = resolve(document, given);
  if (schema === null || level > mostLevels) return;
  const known = found.get(place.place);
  if (known === undefined && found.size >= mostPlaces) return;
  found.set(place.place, {
    place: place.place,
    optional: optional || known?.optional === true,
    nullable: isNullable(document, schema) || known?.nullable === true,
    types: [...new Set([...(known?.types ?? []), ...typesOf(document, schema)])].sort(),
    closed: schema.additionalProperties === false || known?.closed === true,
  });
  for (const part of listOf(schema.allOf)) collect(document, part, place, optional, found, level + 1);
  for (const alternatives of [listOf(schema.oneOf), listOf(schema.anyOf)]) {
    const real = alternatives.filter((one) => !isNull(resolve(document, one)));
    for (const one of real) collect(document, one, place, optional, found, level + 1);
    if (real.length > 1) loosen(document, real, place, found);
  }
  if (schema.items !== undefined) collect(document, schema.items, everyPlace(place), false, found, level + 1);
  const values = schema.additionalProperties;
  if (asObject(values) !== null) collect(document, values, everyPlace(place), true, found, level + 1);
  const required = new Set(listOf(schema.required));
  for (const [name, property] of Object.entries(asObject(schema.properties) ?? {})) {
    collect(document, property, memberPlace(place, name), !required.has(name), found, level + 1);
  }
}

/** What not all alternatives require may be missing. */
function loosen(
  document: unknown,
  alternatives: readonly unknown[],
  place: Place,
  found: Map<string, DocumentedPlace>,
): void {
  const schemas = alternatives.map((one) => resolve(document, one));
  const names = new Set(schemas.flatMap((schema) => Object.keys(asObject(schema?.properties) ?? {})));
  for (const name of names) {
    if (schemas.every((schema) => listOf(schema?.required).includes(name))) continue;
    const at = memberPlace(place, name).place;
    const known = found.get(at);
    if (known !== undefined) found.set(at, { ...known, optional: true });
  }
}

function typesOf(document: unknown, schema: Json): string[] {
  const own = typeof schema.type === 'string' ? [schema.type] : listOf(schema.type);
  const alternatives = [...listOf(schema.oneOf), ...listOf(schema.anyOf)].flatMap((one) => {
    const alternative = resolve(document, one);
    return alternative === null ? [] : [alternative.type].flat();
  });
  return [...own, ...alternatives].filter((type): type is string => typeof type === 'string');
}

function isNullable(document: unknown, schema: Json): boolean {
  const alternatives = [...listOf(schema.oneOf), ...listOf(schema.anyOf)];
  return (
    schema.nullable === true ||
    listOf(schema.type).includes('null') ||
    listOf(schema.enum).includes(null) ||
    alternatives.some((one) => isNull(resolve(document, one)))
  );
}

function isNull(schema: Json | null): boolean {
  return schema?.type === 'null';
}
