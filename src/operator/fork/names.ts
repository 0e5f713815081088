import { createHash } from 'node:crypto';
import type { ResourceFork } from '../../sandbox/resource.ts';
import { perObject } from '../../util/per-object.ts';

/** A pod's name is that of its Deployment and 17 characters more, and its host name is cut at 63. */
const longest = 46;

/**
 * Of a fork's objects: readable, and unlike that of any other sandbox, service or earlier sandbox of the name.
 * At most 46 characters.
 */
export function forkName(sandbox: { readonly name: string; readonly uid: string }, service: string): string {
  const tail = hash(`${sandbox.uid}/${service}`, 6);
  return `${`sbx-${sandbox.name}-${service}`.slice(0, longest - tail.length - 1).replace(/-+$/, '')}-${tail}`;
}

/** Of what the Sandbox says of a fork. Another hash: the fork is started anew. */
export const forkHash = perObject((fork: ResourceFork): string => hash(stable(fork), 16));

export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** JSON with the keys in order: equal values, equal texts. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${stable(member)}`);
  return `{${members.join(',')}}`;
}
