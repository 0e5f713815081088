import { type Answer, type HttpAnswer, headerValues } from '../exchange.ts';
import { valuesAt } from '../util/json-path.ts';
import type { Expectation } from './evidence.ts';
import { misses, show } from './matcher.ts';

/**
 * Why the answer is not what was expected, one sentence each; empty where it is. No answer fails every expectation.
 * See `Expectation` for what may be expected. The sentences show values of the answer.
 */
export function expectationFailures(expect: Expectation, answer: Answer): string[] {
  if (answer.kind === 'no-answer') return [`no answer came: ${answer.message}`];
  return [
    ...statusFailures(expect, answer),
    ...headerFailures(expect, answer),
    ...bodyFailures(expect, answer),
  ];
}

function statusFailures({ status }: Expectation, answer: HttpAnswer): string[] {
  if (status === undefined) return [];
  const wanted = typeof status === 'number' ? [status] : status;
  return wanted.includes(answer.status)
    ? []
    : [`status is ${answer.status}, expected ${wanted.join(' or ')}`];
}

function headerFailures({ headers = {} }: Expectation, answer: HttpAnswer): string[] {
  return Object.entries(headers).flatMap(([name, wanted]) => {
    const lines = headerValues(answer.headers, name);
    const first = misses(wanted, lines[0], lines.length > 0);
    if (first === null || lines.slice(1).some((line) => misses(wanted, line, true) === null)) return [];
    return [
      `header ${name} is ${lines.length === 0 ? 'not there' : show(lines.join(', '))}, expected ${first}`,
    ];
  });
}

function bodyFailures({ body = {} }: Expectation, answer: HttpAnswer): string[] {
  const places = Object.entries(body);
  if (places.length === 0) return [];
  const json = bodyAsJson(answer);
  if (json === null)
    return ['the body is no JSON (or was too long to be kept whole), so no place of it can be read'];
  return places.flatMap(([place, wanted]) => {
    const nodes = nodesAt(place, json.value);
    if (nodes === null) return [`${place} is no RFC 9535 path`];
    const missed = misses(wanted, nodes[0], nodes.length > 0);
    if (missed === null) return [];
    return [`${place} is ${nodes.length === 0 ? 'not there' : show(nodes[0])}, expected ${missed}`];
  });
}

/** The parsed body, whatever the content type says. Null where it is no JSON or was cut. */
export function bodyAsJson(answer: HttpAnswer): { readonly value: unknown } | null {
  if (answer.body.truncated !== undefined || answer.body.encoding !== 'utf8') return null;
  try {
    return { value: JSON.parse(answer.body.text) };
  } catch {
    return null;
  }
}

function nodesAt(place: string, value: unknown): unknown[] | null {
  try {
    return valuesAt(place, value);
  } catch {
    return null;
  }
}
