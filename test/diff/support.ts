import { compareCaptures } from '../../src/diff/captures.ts';
import type { Finding, VolatilePlace } from '../../src/diff/finding.ts';

export interface Out {
  readonly id: string;
  readonly differs: string;
  readonly findings: readonly Finding[];
  readonly unconfirmed: readonly Finding[];
  readonly volatile: readonly VolatilePlace[];
  readonly notes?: readonly string[];
}

const json = { 'content-type': 'application/json' };

export function answer(body: unknown, status = 200, headers: Record<string, string | string[]> = json) {
  return { status, headers, body };
}

/** Through the real door: one line in, one line out. Bodies are JSON, unless they are answers already. */
export function diff(baseline: readonly unknown[], candidate: readonly unknown[]): Out {
  return diffAnswers(
    baseline.map((body) => answer(body)),
    candidate.map((body) => answer(body)),
  );
}

export function diffAnswers(baseline: readonly unknown[], candidate: readonly unknown[]): Out {
  return JSON.parse(compareCaptures(JSON.stringify({ id: 'one', baseline, candidate }))) as Out;
}

export function twice<T>(value: T): T[] {
  return [value, value];
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** `rule place`, in the order of the output. */
export function told(out: Out): string[] {
  return out.findings.map(({ rule, place }) => `${rule} ${place}`);
}

export function uuid(number: number): string {
  return `3f2504e0-4f89-41d3-9a0c-${number.toString(16).padStart(12, '0')}`;
}
