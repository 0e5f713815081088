import type { Rule } from './rule.ts';

export const headerAdded: Rule = {
  id: 'header-added',
  severity: 'harmless',
  means:
    'A header that no baseline answer has; or a cookie more, or a member more of a list such as `allow`.',
  effect: 'Clients ignore headers that they do not know.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: {}, after: { 'x-region': 'eu' }, place: 'header:x-region' },
  inverse: { before: { 'x-region': 'eu' }, after: {}, gives: 'header-removed' },
  applies: ({ place, kind }) => place.area === 'header' && kind === 'added',
};
