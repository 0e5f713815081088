import type { HttpRequest } from '../../exchange.ts';
import type { Reading } from '../read/answer.ts';
import { parseJson } from '../read/json.ts';
import type { Node } from '../read/node.ts';
import { urlParts } from '../read/parts.ts';
import { isIdLike } from './format.ts';
import { objectForm } from './maps.ts';
import { bodyRoot, everyPlace, headerPlace, memberPlace, type Place } from './place.ts';
import { sequential } from './sequence.ts';

type Visit = (place: string, text: string) => void;

/** Every scalar below a node with its place; URLs also by their parts, under the same place. */
function eachScalar(place: Place, node: Node, visit: Visit): void {
  switch (node.kind) {
    case 'string':
      visit(place.place, node.text);
      for (const [, part] of partsOf(node.text)) visit(place.place, part);
      return;
    case 'number':
      visit(place.place, node.raw);
      return;
    case 'array': {
      const every = everyPlace(place);
      for (const item of node.items) eachScalar(every, item, visit);
      return;
    }
    case 'object': {
      const every = objectForm([node], [node]) === 'record' ? null : everyPlace(place);
      for (const [key, member] of node.entries) eachScalar(every ?? memberPlace(place, key), member, visit);
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

function eachOf(reading: Reading, visit: Visit): void {
  for (const [name, node] of reading.headers) eachScalar(headerPlace(name), node, visit);
  if (reading.body !== null) eachScalar(bodyRoot, reading.body, visit);
}

/** The ids of an answer by their text. */
export function eachId(reading: Reading, visit: Visit): void {
  eachOf(reading, (place, text) => {
    if (isIdLike(text)) visit(place, text);
  });
}

/** Its numbers that may be of a sequence, by their digits. */
export function eachNumber(reading: Reading, visit: Visit): void {
  eachOf(reading, (place, text) => {
    const number = sequential(text);
    if (number !== null) visit(place, number);
  });
}

/** What a request says, by where it says it: segments of the path, query, body. */
export function requestValues(request: HttpRequest): (readonly [site: string, text: string])[] {
  const values = partsOf(request.path).map(([part, text]) => [part, decoded(text)] as const);
  if (request.body?.encoding !== 'utf8') return values;
  const parsed = parseJson(request.body.text);
  if (parsed.kind === 'parsed')
    eachScalar(bodyRoot, parsed.node, (place, text) => {
      values.push([place, text]);
    });
  return values;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
