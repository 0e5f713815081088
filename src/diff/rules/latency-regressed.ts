import type { Rule } from './rule.ts';

export const latencyRegressed: Rule = {
  id: 'latency-regressed',
  severity: 'suspicious',
  means: 'Answers of a load step take longer than the baseline by more than its own spread.',
  effect: 'Users wait longer.',
  rests: 'a load step; single requests are never judged by their time',
  example: { before: { p95: 40 }, after: { p95: 140 }, place: 'latency' },
  inverse: { before: { p95: 140 }, after: { p95: 40 }, gives: 'nothing' },
  applies: () => false,
};
