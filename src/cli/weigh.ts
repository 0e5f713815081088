import type { Weigh } from '../diff/captures.ts';
import { documentedPlaces } from '../diff/contract/openapi.ts';
import { readDocument } from '../diff/contract/read-document.ts';
import { SeatrialError } from '../errors.ts';
import { parsePolicy, type SeverityOverride } from '../verdict/policy-file.ts';
import { weighed } from '../verdict/weigh.ts';
import { readText } from './files.ts';

export interface WeighFiles {
  /** The service's OpenAPI document. */
  readonly openapi?: string | undefined;
  /** A file of severities. */
  readonly policy?: string | undefined;
}

export interface Weighing {
  readonly weigh: Weigh;
  readonly severities: readonly SeverityOverride[];
}

/** What `--openapi` and `--policy` say. Rejects with `invalid-argument`, `invalid-openapi` or `invalid-policy`. */
export async function weighing({ openapi, policy }: WeighFiles): Promise<Weighing> {
  const document = openapi === undefined ? null : await openapiDocument(openapi);
  const severities = policy === undefined ? [] : parsePolicy(await readText(policy), policy);
  const evidence = { severities: severities.map((entry) => ({ ...entry, addedByChange: false })) };
  return {
    severities,
    weigh: (comparison, endpoint) => {
      const documented = document === null ? [] : documentedPlaces(document, endpoint);
      return weighed(comparison, { service: endpoint.service, documented }, evidence);
    },
  };
}

export async function openapiDocument(file: string): Promise<unknown> {
  const read = readDocument(await readText(file));
  if (read.problem === null) return read.document;
  throw new SeatrialError('invalid-openapi', {
    what: `${file} cannot be used as an OpenAPI document: ${read.problem}.`,
    next: 'Give an OpenAPI 3 document, as YAML or JSON.',
  });
}
