import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function nothingChecked({ steps, pairs }: Facts): Reason[] {
  const checked = [...steps, ...pairs].some(({ sandbox }) => sandbox.length > 0);
  if (checked) return [];
  return [
    {
      code: 'nothing-checked',
      message: 'Nothing was compared or asserted (steps with `proof: none` count as neither).',
      next: 'Give a step `expect`, or add a `smart_diff` step over the requests that matter.',
    },
  ];
}
