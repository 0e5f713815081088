import type { Rule } from './rule.ts';

export const headerRemoved: Rule = {
  id: 'header-removed',
  severity: 'suspicious',
  means: 'A header that every baseline answer has is gone.',
  effect: 'A client, cache or browser that relies on the header behaves in another way.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: { 'cache-control': 'no-store' }, after: {}, place: 'header:cache-control' },
  inverse: { before: {}, after: { 'cache-control': 'no-store' }, gives: 'header-added' },
  applies: ({ place, kind }) => place.area === 'header' && kind === 'removed',
};
