import { documentedPlaces } from '../../diff/contract/openapi.ts';
import { type ReadDocument, readDocument } from '../../diff/contract/read-document.ts';
import { compareDocuments } from '../../diff/contract/request/compare.ts';
import type { Repository } from '../../git/repository.ts';
import type { ContractEvidence, PairCheck } from '../../verdict/evidence.ts';
import type { BaselineRules } from '../baseline-rules.ts';
import type { Tree } from '../trees.ts';

/**
 * The pairs with what the OpenAPI documents of their services say. The baseline's copy is read: a change may not excuse
 * itself by what it writes into the document. One that cannot be used is a problem, in words, and changes nothing else.
 */
export async function withDocuments(
  pairs: readonly PairCheck[],
  { repository, config }: Pick<Tree, 'repository' | 'config'>,
  baselineTree: string,
  signal: AbortSignal,
): Promise<{ readonly pairs: readonly PairCheck[]; readonly problems: readonly string[] }> {
  const documents = new Map<string, unknown>();
  const problems: string[] = [];
  for (const service of new Set(pairs.map((pair) => pair.service))) {
    const path = Object.hasOwn(config.services, service) ? config.services[service]?.openapi : null;
    if (path === null || path === undefined) continue;
    const read = await documentIn(repository, baselineTree, path, signal);
    if (read === null) problems.push(unused(path, service, 'the baseline has no such file'));
    else if (read.problem === null) documents.set(service, read.document);
    else problems.push(unused(path, service, read.problem));
  }
  const known = pairs.map((pair): PairCheck => {
    const documented = documentedPlaces(documents.get(pair.service), pair);
    return documented.length === 0 ? pair : { ...pair, documented };
  });
  return { pairs: known, problems };
}

/**
 * What the documents take no more, of each service that has one in the baseline, by what the baseline's own
 * `seatrial.yaml` names, or the working tree's where that names none.
 */
export async function changedContracts(
  { repository, config }: Pick<Tree, 'repository' | 'config'>,
  rules: Pick<BaselineRules, 'services'>,
  trees: { readonly now: string; readonly baseline: string },
  signal: AbortSignal,
): Promise<{ readonly contracts: readonly ContractEvidence[]; readonly problems: readonly string[] }> {
  const contracts: ContractEvidence[] = [];
  const problems: string[] = [];
  const named = (services: BaselineRules['services'], service: string) =>
    (Object.hasOwn(services, service) ? services[service]?.openapi : null) ?? null;
  for (const service of new Set([...Object.keys(rules.services), ...Object.keys(config.services)])) {
    const path = named(rules.services, service) ?? named(config.services, service);
    if (path === null) continue;
    const before = await documentIn(repository, trees.baseline, path, signal);
    // Why the baseline's copy is not used is said where its answers are weighed.
    if (before === null || before.problem !== null) continue;
    const file = named(config.services, service) ?? path;
    const after = await documentIn(repository, trees.now, file, signal);
    if (after === null) problems.push(unused(file, service, 'the working tree has no such file'));
    else if (after.problem !== null)
      problems.push(unused(file, service, `in the working tree ${after.problem}`));
    else contracts.push({ service, file, ...compareDocuments(service, before.document, after.document) });
  }
  return { contracts, problems };
}

async function documentIn(
  repository: Pick<Repository, 'readFile'>,
  tree: string,
  path: string,
  signal: AbortSignal,
): Promise<ReadDocument | null> {
  const text = await repository.readFile(tree, path, signal);
  return text === null ? null : readDocument(text);
}

function unused(path: string, service: string, problem: string): string {
  return `The OpenAPI document ${path} of ${service} is not used: ${problem}.`;
}
