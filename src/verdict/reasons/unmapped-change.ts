import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function unmappedChange({ evidence }: Facts): Reason[] {
  const paths = evidence.change.files
    .filter(({ services, ignored }) => services.length === 0 && !ignored)
    .map(({ path }) => path);
  if (paths.length === 0) return [];
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return [
    {
      code: 'unmapped-change',
      message: `Changed files belong to no service: ${paths.slice(0, 5).join(', ')}${more}.`,
      next: 'Name them under `paths` of the services they make, or under `ignore`, in seatrial.yaml.',
    },
  ];
}
