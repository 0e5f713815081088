import type { Node } from '../read/node.ts';
import { fewAnswers } from './difference.ts';
import { type Format, hasFraction, isStrict, numberFormat, stringFormat } from './format.ts';

/** A fraction of a second may be zero by chance, and some encoders then leave it out. */
const precisionAnswers = 4;

export interface FormatBroken {
  readonly seen: number;
  readonly needs: number;
  readonly after: Node | undefined;
  readonly steady: string;
}

/** Where all baseline values are of one strict format and candidate values are not. */
export function formatBroken(before: readonly Node[], after: readonly Node[]): FormatBroken | null {
  const formats = new Set(before.map(formatOf));
  const format = [...formats][0];
  if (formats.size !== 1 || format === undefined) return null;
  if (!isStrict(format)) return null;
  const others = after.filter((node) => formatOf(node) !== format);
  if (others.length > 0)
    return {
      seen: others.length,
      needs: fewAnswers,
      after: others[0],
      steady: `every baseline value is ${words(format)}`,
    };
  return precisionLost(format, before, after);
}

function precisionLost(format: Format, before: readonly Node[], after: readonly Node[]): FormatBroken | null {
  if (!format.startsWith('timestamp')) return null;
  const fractions = (nodes: readonly Node[]): boolean[] =>
    nodes.map((node) => node.kind === 'string' && hasFraction(node.text));
  const was = new Set(fractions(before));
  const is = new Set(fractions(after));
  if (was.size !== 1 || is.size !== 1 || [...was][0] === [...is][0]) return null;
  const steady = `every baseline value has ${was.has(true) ? 'fractions of a second' : 'whole seconds'}`;
  return { seen: after.length, needs: precisionAnswers, after: after[0], steady };
}

function formatOf(node: Node): Format {
  if (node.kind === 'string') return stringFormat(node.text);
  return node.kind === 'number' ? numberFormat(node.raw) : 'plain';
}

function words(format: Format): string {
  return `${/^[aeiou]/.test(format) && format !== 'uuid' && format !== 'url' ? 'an' : 'a'} ${format.replace('-', ' ')}`;
}
