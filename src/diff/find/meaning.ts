import { canonical, type Node } from '../read/node.ts';
import { canonicalNumber } from '../read/number.ts';
import { stringFormat } from './format.ts';

/** JSON's own form of numbers: `007` is a name and no number, `+1` a telephone's. */
const decimal = /^-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?$/;

/**
 * Equal for values that mean the same: a string that holds a date is its instant, whatever its offset and however many
 * zeros end its fraction; one that holds a number is that number. Where the meaning is equal and the text is not, the
 * form changed and nothing else.
 */
export function meaning(node: Node): string {
  if (node.kind !== 'string') return canonical(node);
  if (decimal.test(node.text)) return `number ${canonicalNumber(node.text)}`;
  return instant(node.text) ?? canonical(node);
}

/** To any precision, which Date has not; a time without a zone is an instant of its own clock. */
function instant(text: string): string | null {
  const format = stringFormat(text);
  if (format !== 'http-date' && !format.startsWith('timestamp')) return null;
  const fraction = /:\d{2}[.,](\d+)/.exec(text)?.[1] ?? '';
  const plain = text
    .replace(/(:\d{2})[.,]\d+/, '$1')
    .replace(/^(\S{10})[ t]/, '$1T')
    .replace(/z$/, 'Z')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const local = format === 'timestamp-local';
  const time = Date.parse(local ? `${plain}Z` : plain);
  if (!Number.isFinite(time)) return null;
  return `${local ? 'clock' : 'instant'} ${time / 1000} ${fraction.replace(/0+$/, '')}`;
}
