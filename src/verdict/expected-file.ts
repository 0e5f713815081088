import { z } from 'zod';
import { SeatrialError } from '../errors.ts';
import type { ExpectedChange } from './evidence.ts';
import { parseYamlFile } from './yaml-file.ts';

/** What an entry says; whether the change under trial added it is told by the baseline's file. */
export type ExpectedEntry = Omit<ExpectedChange, 'addedByChange'>;

const text = z.string().trim().min(1).max(1000);
const entry = z.strictObject({
  fingerprint: text,
  reason: text,
  /** Commit of the baseline that the change was made against, seven hex digits at least. */
  base: z.string().regex(/^[0-9a-f]{7,64}$/i, 'is a commit of seven hex digits at least, in quotes'),
  expected: text,
});
const entries = z.array(entry).max(1000);
const file = z.union([entries, z.strictObject({ seatrial: z.literal(1).optional(), expected: entries })]);

/**
 * Parses `seatrial.expected.yaml`: a list of { fingerprint, reason, base, expected }, alone or under `expected:`. An
 * empty file expects nothing. YAML 1.2 as data: no aliases, no duplicate keys. Throws `invalid-expected` with the
 * line.
 */
export function parseExpectedChanges(source: string, name: string): ExpectedEntry[] {
  const read = parseYamlFile<z.output<typeof file>>(
    source,
    name,
    (data) => (Array.isArray(data) ? entries : file),
    invalid,
  );
  if (read === null) return [];
  const { data, lineOf } = read;
  const found = Array.isArray(data) ? data : data.expected;
  const prints = found.map(({ fingerprint }) => fingerprint);
  const twice = prints.findIndex((print, i) => prints.indexOf(print) !== i);
  if (twice !== -1) {
    const line = lineOf(Array.isArray(data) ? [twice] : ['expected', twice]);
    throw invalid(`${name}:${line}`, `the fingerprint ${prints[twice]} is listed twice`);
  }
  return found;
}

function invalid(where: string, problem: string): SeatrialError {
  return new SeatrialError('invalid-expected', {
    what: `${where}: the file of expected changes cannot be used: ${problem.slice(0, 300)}.`,
    next: 'Write a list such as: - { fingerprint: "<as the finding shows it>", reason: "<why it is wanted>", base: "<commit of the baseline>", expected: "<what changes>" }, then call again.',
  });
}
