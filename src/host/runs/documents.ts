import { parseDocument } from 'yaml';
import { documentedPlaces, documentProblem } from '../../diff/contract/openapi.ts';
import type { PairCheck } from '../../verdict/evidence.ts';
import type { Tree } from '../trees.ts';

const mostCharacters = 5_000_000;

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
    const read = documentOf(await repository.readFile(baselineTree, path, signal));
    if (read.problem === null) documents.set(service, read.document);
    else problems.push(`The OpenAPI document ${path} of ${service} is not used: ${read.problem}.`);
  }
  const known = pairs.map((pair): PairCheck => {
    const documented = documentedPlaces(documents.get(pair.service), pair);
    return documented.length === 0 ? pair : { ...pair, documented };
  });
  return { pairs: known, problems };
}

/** JSON is YAML. */
function documentOf(
  text: string | null,
): { readonly problem: string } | { readonly problem: null; readonly document: unknown } {
  if (text === null) return { problem: 'the baseline has no such file' };
  if (text.length > mostCharacters) return { problem: 'it is larger than 5 MB' };
  const parsed = parseDocument(text, { version: '1.2', uniqueKeys: true, logLevel: 'silent' });
  const error = parsed.errors[0];
  if (error !== undefined) return { problem: error.message.split('\n', 1)[0] ?? 'it is no YAML' };
  try {
    const document: unknown = parsed.toJS({ maxAliasCount: 100 });
    const problem = documentProblem(document);
    return problem === null ? { problem, document } : { problem };
  } catch {
    return { problem: 'it uses too many aliases' };
  }
}
