import { bodyRoot, memberPlace } from '../../find/place.ts';
import { asObject, listOf, member, resolve } from '../document.ts';
import type { Input, Operation, Shape } from './operation.ts';
import { shapeReader } from './shape.ts';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];
/** OpenAPI 3, parameter object: definitions of these headers shall be ignored. */
const ignoredHeaders = ['accept', 'content-type', 'authorization'];
const mostInputs = 5_000;

/** The operations of a document (OpenAPI 3.0 to 3.2), by method and path without the names of its variables. Never throws. */
export function operationsOf(document: unknown): ReadonlyMap<string, Operation> {
  const shapeOf = shapeReader(document);
  const found = new Map<string, Operation>();
  for (const [path, given] of Object.entries(asObject(member(document, 'paths')) ?? {})) {
    const item = resolve(document, given);
    for (const method of methods) {
      const operation = asObject(member(item, method));
      if (operation === null) continue;
      const inputs = new Map<string, Input>();
      for (const parameter of [...listOf(item?.parameters), ...listOf(operation.parameters)])
        addParameter(resolve(document, parameter), path, shapeOf, inputs);
      const body = resolve(document, operation.requestBody);
      const content = Object.entries(asObject(body?.content) ?? {});
      for (const [type, media] of content)
        addBody(type.toLowerCase(), shapeOf(member(media, 'schema')), inputs);
      found.set(`${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, '{}')}`, {
        method: method.toUpperCase(),
        path,
        inputs,
        body: body === null ? 'none' : body.required === true ? 'required' : 'optional',
        media: content.map(([type]) => type.toLowerCase()).sort(),
        security: securityOf(operation.security ?? member(document, 'security')),
      });
    }
  }
  return found;
}

function addParameter(
  parameter: ReturnType<typeof asObject>,
  path: string,
  shapeOf: (schema: unknown) => Shape,
  inputs: Map<string, Input>,
): void {
  const { in: where, name } = parameter ?? {};
  if (typeof where !== 'string' || typeof name !== 'string') return;
  const known = where === 'header' ? name.toLowerCase() : name;
  if (where === 'header' && ignoredHeaders.includes(known)) return;
  const [media] = Object.values(asObject(parameter?.content) ?? {});
  const shape = shapeOf(parameter?.schema ?? member(media, 'schema'));
  const variables: readonly string[] = path.match(/\{[^}]*\}/g) ?? [];
  const key = where === 'path' ? `path.{${variables.indexOf(`{${name}}`)}}` : `${where}.${known}`;
  const place = `request:${where}.${known}`;
  inputs.set(key, { place, parent: null, required: parameter?.required === true, text: true, shape });
  if (shape.items !== null)
    inputs.set(`${key}[*]`, {
      place: `${place}[*]`,
      parent: key,
      required: false,
      text: true,
      shape: shape.items,
    });
}

function addBody(media: string, shape: Shape, inputs: Map<string, Input>): void {
  const json = media === 'application/json' || media.endsWith('+json');
  const prefix = json && !inputs.has('$') ? '' : `${media}:`;
  const add = (path: string, parent: string | null, required: boolean, one: Shape): void => {
    const key = prefix + path;
    if (inputs.size >= mostInputs) return;
    inputs.set(key, { place: `request:${key}`, parent, required, text: false, shape: one });
    for (const [name, field] of one.fields)
      add(memberPlace({ ...bodyRoot, place: path }, name).place, key, field.required, field.shape);
    if (one.items !== null) add(`${path}[*]`, key, false, one.items);
  };
  add('$', null, false, shape);
}

function securityOf(given: unknown): Operation['security'] {
  return listOf(given).map((alternative) =>
    Object.fromEntries(
      Object.entries(asObject(alternative) ?? {}).map(([scheme, scopes]) => [
        scheme,
        listOf(scopes).filter((scope): scope is string => typeof scope === 'string'),
      ]),
    ),
  );
}
