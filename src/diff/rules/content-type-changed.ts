import type { Rule } from './rule.ts';

export const contentTypeChanged: Rule = {
  id: 'content-type-changed',
  severity: 'breaking',
  means: 'The media type or its charset is another one, or gone.',
  effect: 'A client that parses by content type cannot read the body, or reads it wrongly.',
  rests: 'two answers a side',
  example: { before: 'application/json', after: 'text/html', place: 'header:content-type' },
  inverse: { before: 'text/html', after: 'application/json', gives: 'content-type-changed' },
  applies: ({ place, kind }) => place.area === 'content-type' && kind !== 'varies',
};
