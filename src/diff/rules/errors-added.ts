import type { Node } from '../read/node.ts';
import type { Rule } from './rule.ts';

/** GraphQL (specification of October 2021, section 7.1), and what many JSON services do like it. */
export const errorsAdded: Rule = {
  id: 'errors-added',
  severity: 'breaking',
  means: 'An answer holds `errors` that no baseline answer has, as GraphQL reports them whatever the status.',
  effect: 'A part of what the client asked for failed, and is missing or null.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: {
    before: { data: { tax: 5 } },
    after: { data: { tax: 5 }, errors: [{ message: 'tax is down', path: ['tax'] }] },
    place: '$.errors',
  },
  inverse: {
    before: { data: { tax: 5 }, errors: [{ message: 'tax is down', path: ['tax'] }] },
    after: { data: { tax: 5 } },
    gives: 'removed-field',
  },
  applies: ({ kind, place, after }) => kind === 'added' && place.place === '$.errors' && holdsErrors(after),
};

function holdsErrors(node: Node | undefined): boolean {
  if (node?.kind !== 'array') return false;
  const [first] = node.items;
  return first?.kind === 'object' && first.entries.get('message')?.kind === 'string';
}
