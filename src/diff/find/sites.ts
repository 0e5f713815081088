import type { HttpRequest } from '../../exchange.ts';
import type { Reading } from '../read/answer.ts';
import { parseJson } from '../read/json.ts';
import type { Node } from '../read/node.ts';
import { urlParts } from '../read/parts.ts';
import { isIdLike } from './format.ts';
import { objectForm } from './maps.ts';
import { bodyRoot, everyPlace, headerPlace, memberPlace, type Place } from './place.ts';
import { sequential } from './sequence.ts';

/** Every scalar below a node with its place; URLs also by their parts, under the same place. */
function* scalarsOf(place: Place, node: Node): Iterable<readonly [place: string, text: string]> {
  switch (node.kind) {
    case 'string':
      yield [place.place, node.text];
      for (const [, part] of partsOf(node.text)) yield [place.place, part];
      return;
    case 'number':
      yield [place.place, node.raw];
      return;
    case 'array':
      for (const item of node.items) yield* scalarsOf(everyPlace(place), item);
      return;
    case 'object': {
      const isMap = objectForm([node], [node]) !== 'record';
      for (const [key, member] of node.entries) {
        yield* scalarsOf(isMap ? everyPlace(place) : memberPlace(place, key), member);
      }
    }
  }
}

function partsOf(text: string): readonly (readonly [string, string])[] {
  const parts = /[/?]/.test(text) ? urlParts(text) : null;
  if (parts?.kind !== 'object') return [];
  return [...parts.entries].flatMap(([key, part]) =>
    part.kind === 'string' ? [[key, part.text] as const] : [],
  );
}

/** The ids of an answer by their text, numbers that may be of a sequence by their digits. */
export function* idsOf(reading: Reading): Iterable<readonly [place: string, text: string]> {
  const nodes: (readonly [Place, Node])[] = [...reading.headers].map(([name, node]) => [
    headerPlace(name),
    node,
  ]);
  if (reading.body !== null) nodes.push([bodyRoot, reading.body]);
  for (const [place, node] of nodes) {
    for (const [where, text] of scalarsOf(place, node)) {
      if (isIdLike(text)) yield [where, text];
      const number = sequential(text);
      if (number !== null) yield [where, number];
    }
  }
}

/** What a request says, by where it says it: segments of the path, query, body. */
export function* requestValues(request: HttpRequest): Iterable<readonly [site: string, text: string]> {
  for (const [part, text] of partsOf(request.path)) yield [part, decoded(text)];
  if (request.body?.encoding !== 'utf8') return;
  const parsed = parseJson(request.body.text);
  if (parsed.kind === 'parsed') yield* scalarsOf(bodyRoot, parsed.node);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
