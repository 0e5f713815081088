import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function sandboxGone({ evidence }: Facts): Reason[] {
  if (evidence.forks.before.length === 0 || evidence.forks.after.length > 0) return [];
  return [
    {
      code: 'sandbox-gone',
      message: `Sandbox ${evidence.sandbox} was torn down or expired during the run, so nobody can tell whether its forks stayed the same until the end.`,
      next: 'Provision it anew with provision_sandbox and run again.',
    },
  ];
}
