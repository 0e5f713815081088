import { parseDocument } from 'yaml';
import { documentProblem } from './openapi.ts';

const mostCharacters = 5_000_000;

export type ReadDocument =
  | { readonly problem: string }
  | { readonly problem: null; readonly document: unknown };

/** An OpenAPI document out of its file, YAML or JSON (which is YAML); else why it cannot be used, in words. */
export function readDocument(text: string): ReadDocument {
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
