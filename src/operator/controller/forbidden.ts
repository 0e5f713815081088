import { KubeError } from '../../kube/api.ts';
import { missingRight, rightText } from '../../kube/forbidden.ts';
import type { Problem } from './facts.ts';

/** A right that the controller lacks, as a problem of whatever needs it; null for what is none. */
export function forbidden(error: unknown): Problem | null {
  const right = missingRight(error);
  if (right === null) return null;
  return {
    kind: 'refused',
    reason: 'Forbidden',
    message: `The controller may not ${rightText(right)}.`,
    next: 'Have an administrator run `seatrial install` again, which grants it; `seatrial doctor` names all that is missing.',
  };
}

export function isTerminating(error: unknown): boolean {
  return (
    error instanceof KubeError && error.status === 403 && /because it is being terminated/.test(error.message)
  );
}
