import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function notCovered({ evidence, forked, covered }: Facts): Reason[] {
  if (forked.size === 0) {
    const message = `Sandbox ${evidence.sandbox} has no fork, so nothing of the change was run.`;
    return [{ code: 'not-covered', message, next: 'Add the changed services with provision_sandbox.' }];
  }
  if (evidence.plan === null || covered.length > 0) return [];
  return [
    {
      code: 'not-covered',
      message: `The plan ${evidence.plan.name} covers none of the forks (${[...forked].join(', ')}).`,
      next: 'Ask list_plans for the plans that fit the change, and run one of those.',
    },
  ];
}
