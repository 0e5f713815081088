import type { Evidence } from './evidence.ts';

/** Services that a changed file belongs to, ignored files aside; sorted. */
export function changedServices({ change }: Evidence): string[] {
  const counted = change.files.filter(({ ignored }) => !ignored);
  return [...new Set(counted.flatMap(({ services }) => services))].sort();
}
