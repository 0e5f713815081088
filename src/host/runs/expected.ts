import { parse } from 'yaml';
import { z } from 'zod';
import { SeatrialError } from '../../errors.ts';
import type { Repository } from '../../git/repository.ts';
import type { ExpectedChange } from '../../verdict/evidence.ts';

const line = z.string().trim().min(1).max(1000);

/** The file of expected changes: differences that somebody wants, each with its reason. */
const file = z.strictObject({
  seatrial: z.literal(1),
  expected: z
    .array(z.strictObject({ fingerprint: line, reason: line, base: line, expected: line }))
    .max(1000),
});

/** Entries of the files in a tree; `addedByChange` where the baseline's tree does not hold the entry. */
export async function readExpectedChanges(
  repository: Repository,
  trees: { readonly now: string; readonly baseline: string },
  files: readonly { readonly path: string; readonly required: boolean }[],
  signal: AbortSignal,
): Promise<ExpectedChange[]> {
  const entries: ExpectedChange[] = [];
  for (const { path, required } of files) {
    const text = await repository.readFile(trees.now, path, signal);
    if (text === null) {
      if (required) throw invalid(path, 'there is no such file in the working tree');
      continue;
    }
    const before = await knownFingerprints(repository, trees.baseline, path, signal);
    for (const entry of parseExpected(text, path)) {
      if (entries.some(({ fingerprint }) => fingerprint === entry.fingerprint)) {
        throw invalid(path, `the fingerprint ${entry.fingerprint} is listed twice`);
      }
      entries.push({ ...entry, addedByChange: !before.has(entry.fingerprint) });
    }
  }
  return entries;
}

/** Throws `invalid-expected`. */
export function parseExpected(text: string, path: string): z.infer<typeof file>['expected'] {
  if (text.length > 1_000_000) throw invalid(path, 'it is larger than 1 MB');
  let data: unknown;
  try {
    data = parse(text, { version: '1.2', uniqueKeys: true, maxAliasCount: 0, strict: true });
  } catch (error) {
    throw invalid(path, (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '');
  }
  const parsed = file.safeParse(data);
  if (parsed.success) return parsed.data.expected;
  const issue = parsed.error.issues[0];
  throw invalid(path, `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong form'}`);
}

/** An unreadable file of the baseline knows nothing: then all entries count as the change's own. */
async function knownFingerprints(
  repository: Repository,
  tree: string,
  path: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const text = await repository.readFile(tree, path, signal);
  if (text === null) return new Set();
  try {
    return new Set(parseExpected(text, path).map(({ fingerprint }) => fingerprint));
  } catch {
    return new Set();
  }
}

function invalid(path: string, problem: string): SeatrialError {
  return new SeatrialError('invalid-expected', {
    what: `The file of expected changes ${JSON.stringify(path.slice(0, 200))} cannot be used: ${problem.slice(0, 300)}.`,
    next: 'Write `seatrial: 1` and a list `expected:` of { fingerprint, reason, base, expected }, then call again.',
  });
}
