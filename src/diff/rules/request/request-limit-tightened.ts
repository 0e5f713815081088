import { type Limit, lowerLimits, type Shape, upperLimits } from '../../contract/request/operation.ts';
import { commonInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestLimitTightened: RequestRule = {
  id: 'request-limit-tightened',
  severity: 'breaking',
  means: 'A length, number or count that a parameter or a place of the body could have is out of its limits.',
  effect: 'A client that sends such a value is refused.',
  example: {
    before: { parameters: [{ in: 'query', name: 'q', schema: { maxLength: 100 } }] },
    after: { parameters: [{ in: 'query', name: 'q', schema: { maxLength: 20 } }] },
    place: 'request:query.q',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) =>
    commonInputs(before, after).flatMap(({ was, is }) => {
      const names = tightened(was.shape.limits, is.shape.limits);
      const of = (limits: Shape['limits']) =>
        Object.fromEntries(names.map((name) => [name, limits[name] ?? null]));
      return names.length === 0
        ? []
        : [{ place: was.place, before: of(was.shape.limits), after: of(is.shape.limits) }];
    }),
};

function tightened(was: Shape['limits'], is: Shape['limits']): Limit[] {
  const lower = lowest(was);
  const upper = highest(was);
  return (Object.entries(is) as [Limit, number][])
    .filter(([name, value]) => {
      const before = was[name];
      if (before === value) return false;
      if (name === 'minimum') return value > lower;
      if (name === 'exclusiveMinimum') return value >= lower;
      if (name === 'maximum') return value < upper;
      if (name === 'exclusiveMaximum') return value <= upper;
      if (name === 'multipleOf') return before === undefined || !Number.isInteger(before / value);
      if (upperLimits.some((limit) => limit === name)) return before === undefined || value < before;
      if (lowerLimits.some((limit) => limit === name)) return value > (before ?? 0);
      return before === undefined;
    })
    .map(([name]) => name);
}

function lowest({ minimum, exclusiveMinimum }: Shape['limits']): number {
  return Math.max(minimum ?? Number.NEGATIVE_INFINITY, exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
}

function highest({ maximum, exclusiveMaximum }: Shape['limits']): number {
  return Math.min(maximum ?? Number.POSITIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY);
}
