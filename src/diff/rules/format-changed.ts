import type { Rule } from './rule.ts';

export const formatChanged: Rule = {
  id: 'format-changed',
  severity: 'breaking',
  means: 'A value lost its format: a UUID, a timestamp, a URL, an epoch in seconds became something else.',
  effect: 'A client that parses the value fails or reads another instant or address.',
  rests: 'two answers a side',
  example: { before: { at: '2026-01-05T10:00:00Z' }, after: { at: '05.01.2026 10:00' }, place: '$.at' },
  inverse: {
    before: { at: '05.01.2026 10:00' },
    after: { at: '2026-01-05T10:00:00Z' },
    gives: 'value-changed',
  },
  applies: ({ kind }) => kind === 'format',
};
