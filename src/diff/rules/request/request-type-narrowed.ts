import type { Input } from '../../contract/request/operation.ts';
import { commonInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestTypeNarrowed: RequestRule = {
  id: 'request-type-narrowed',
  severity: 'breaking',
  means:
    'A type, null, a format or other fields that a parameter or a place of the body could have are not taken.',
  effect: 'A client that sends what it sends today is refused.',
  example: {
    before: { parameters: [{ in: 'query', name: 'limit', schema: { type: 'string' } }] },
    after: { parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer' } }] },
    place: 'request:query.limit',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) =>
    commonInputs(before, after).flatMap(({ was, is }) =>
      narrower(was, is) ? [{ place: was.place, before: words(was), after: words(is) }] : [],
    ),
};

const wider: readonly string[] = ['int32 int64', 'float double'];

function narrower(was: Input, is: Input): boolean {
  const [a, b] = [was.shape, is.shape];
  if (b.types !== null && (a.types === null || a.types.some((type) => !takes(type, is)))) return true;
  if (b.types !== null && a.nullable && !b.nullable) return true;
  if (b.closed && !a.closed) return true;
  return b.format !== null && b.format !== a.format && !wider.includes(`${a.format} ${b.format}`);
}

/** Every integer is a number, and a parameter is text on the wire. */
function takes(type: string, { shape, text }: Input): boolean {
  const types = shape.types ?? [];
  return (
    types.includes(type) ||
    (type === 'integer' && types.includes('number')) ||
    (text && types.includes('string'))
  );
}

function words({ shape }: Input): string {
  const { types, nullable, format, closed } = shape;
  const kinds = types === null ? 'anything' : [...types, ...(nullable ? ['null'] : [])].join(' or ');
  return `${kinds}${format === null ? '' : ` (${format})`}${closed ? ', no other fields' : ''}`;
}
