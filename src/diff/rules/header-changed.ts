import type { Rule } from './rule.ts';

export const headerChanged: Rule = {
  id: 'header-changed',
  severity: 'suspicious',
  means:
    'A header has another value: a directive, a target, a cookie or an attribute of one is gone or another.',
  effect: 'A client, cache or browser that relies on the header behaves in another way.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: {
    before: { 'cache-control': 'no-store' },
    after: { 'cache-control': 'max-age=60' },
    place: 'header:cache-control',
  },
  inverse: {
    before: { 'cache-control': 'max-age=60' },
    after: { 'cache-control': 'no-store' },
    gives: 'header-changed',
  },
  applies: ({ place, kind }) => place.area === 'header' && kind !== 'varies',
};
