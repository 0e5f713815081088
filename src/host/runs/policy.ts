import { policyFile } from '../../config/config.ts';
import type { Repository } from '../../git/repository.ts';
import type { PolicyEvidence } from '../../verdict/evidence.ts';
import { lowers, parsePolicy, type SeverityOverride } from '../../verdict/policy-file.ts';

/**
 * The policy of the working tree; `addedByChange` where the baseline's tree does not hold the entry as it is. An entry of
 * the baseline's that the change took out still counts where it makes findings weigh more. Rejects with `invalid-policy`.
 */
export async function readPolicy(
  repository: Repository,
  trees: { readonly now: string; readonly baseline: string },
  signal: AbortSignal,
): Promise<PolicyEvidence | undefined> {
  const text = await repository.readFile(trees.now, policyFile, signal);
  const before = await entriesOf(repository, trees.baseline, signal);
  const now = text === null ? [] : parsePolicy(text, policyFile);
  const known = (list: readonly SeverityOverride[]) => new Set(list.map((entry) => JSON.stringify(entry)));
  const [inBaseline, inTree] = [known(before), known(now)];
  const severities = [
    ...now.map((entry) => ({ ...entry, addedByChange: !inBaseline.has(JSON.stringify(entry)) })),
    ...before
      .filter((entry) => !inTree.has(JSON.stringify(entry)) && !lowers(entry))
      .map((entry) => ({ ...entry, addedByChange: false })),
  ];
  return severities.length === 0 ? undefined : { severities };
}

/** An unreadable policy of the baseline says nothing. */
async function entriesOf(
  repository: Repository,
  tree: string,
  signal: AbortSignal,
): Promise<readonly SeverityOverride[]> {
  const text = await repository.readFile(tree, policyFile, signal);
  try {
    return text === null ? [] : parsePolicy(text, policyFile);
  } catch {
    return [];
  }
}
