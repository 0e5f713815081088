import type { Rule } from './rule.ts';

export const formatChanged: Rule = {
  id: 'format-changed',
  severity: 'breaking',
  means:
    'A value lost its format (a UUID, a timestamp, a URL, an epoch in seconds became something else), or the same instant or number is written in another form.',
  effect:
    'A client that parses the value fails or reads another instant or address; one that compares texts takes the same for another.',
  rests:
    'two answers a side; four for fractions of a second and lengths of ids, seven for the form of a value that is the same',
  example: { before: { at: '2026-01-05T10:00:00Z' }, after: { at: '05.01.2026 10:00' }, place: '$.at' },
  inverse: {
    before: { at: '05.01.2026 10:00' },
    after: { at: '2026-01-05T10:00:00Z' },
    gives: 'value-changed',
  },
  applies: ({ kind }) => kind === 'format',
};
