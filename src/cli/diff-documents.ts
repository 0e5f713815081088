import { compareDocuments } from '../diff/contract/request/compare.ts';
import type { Differs } from '../diff/finding.ts';
import { findingWithPolicy } from '../verdict/policy.ts';
import { parsePolicy } from '../verdict/policy-file.ts';
import { type ExitCode, exitOfDiffers } from './exit.ts';
import { readText } from './files.ts';
import type { Context } from './verb.ts';
import { openapiDocument } from './weigh.ts';

/** Two OpenAPI documents, no answers: what the candidate's takes no more of what the baseline's does. */
interface DocumentDiff {
  readonly baseline: string;
  readonly candidate: string;
  readonly policy?: string | undefined;
  readonly json: boolean;
}

const severities: readonly Differs[] = ['breaking', 'suspicious', 'harmless'];

export async function diffDocuments({ terminal }: Context, given: DocumentDiff): Promise<ExitCode> {
  const [before, after] = [await openapiDocument(given.baseline), await openapiDocument(given.candidate)];
  const policy = given.policy === undefined ? [] : parsePolicy(await readText(given.policy), given.policy);
  const evidence = { severities: policy.map((entry) => ({ ...entry, addedByChange: false })) };
  const findings = compareDocuments('url', before, after)
    .findings.map((finding) => findingWithPolicy(finding, 'url', evidence))
    .sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
  const differs: Differs = findings[0]?.severity ?? 'none';
  if (given.json) terminal.printJson({ verdict: 'none', differs, proof: 'not-applicable', findings });
  else {
    const lines = findings.map(
      ({ severity, rule, place, request, before: was, after: is }) =>
        `${severity} ${rule} at ${place} of ${request}: ${shown(was)} -> ${shown(is)}`,
    );
    terminal.print(
      [...lines, `Differs: ${differs}. By the documents alone, so no proof and no verdict.`].join('\n'),
    );
  }
  return exitOfDiffers([differs]);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '(absent)';
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
