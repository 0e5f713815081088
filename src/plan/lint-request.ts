import { references, TemplateError } from '../util/template.ts';
import type { PlanRequest } from './plan.ts';
import { type PathProblem, show, showPath } from './shape.ts';

type Path = readonly PropertyKey[];

/** Names that a file refers to but does not declare. */
export interface KnownNames {
  readonly services: readonly string[];
  readonly secrets: readonly string[];
}

/** Headers that the connection, the gateway or the session sets. */
const ownHeaders = ['host', 'connection', 'content-length', 'transfer-encoding', 'x-seatrial-key'];

/** What a schema cannot say of a request. `path` leads to its data. */
export function requestProblems(request: PlanRequest, path: Path): PathProblem[] {
  const problems: PathProblem[] = [];
  const literal = request.path.replace(/\{\{.*?\}\}/gs, 'x');
  if (!request.path.startsWith('/')) {
    problems.push({
      path: [...path, 'path'],
      message: `\`${showPath([...path, 'path'])}\` must begin with \`/\`: \`${show(request.path)}\` does not`,
    });
  } else if (!/^[!"$-~]*$/.test(literal)) {
    problems.push({
      path: [...path, 'path'],
      message: `\`${showPath([...path, 'path'])}\` holds a space, a \`#\` or a character that is not ASCII; write it percent-encoded`,
    });
  }
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    const at = [...path, 'headers', name];
    if (seen.has(lower)) problems.push({ path: at, message: `the header \`${show(name)}\` is given twice` });
    seen.add(lower);
    const key = ['baggage', 'tracestate'].includes(lower) && /(?:^|[,\s])seatrial\s*=/.test(value);
    if (ownHeaders.includes(lower) || key) {
      problems.push({
        path: at,
        message: `the header \`${show(name)}\` is set by Seatrial for every request; leave it out`,
      });
    }
  }
  return problems;
}

/** Every string of a value (keys too) with the path that leads to it. */
function strings(value: unknown, path: Path): { readonly text: string; readonly path: Path }[] {
  if (typeof value === 'string') return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item, index) => strings(item, [...path, index]));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [
    { text: key, path: [...path, key] },
    ...strings(item, [...path, key]),
  ]);
}

/** The references in a value, each with its path, and braces that hold none. */
export function referencesIn(
  value: unknown,
  path: Path,
): { found: { reference: string; path: Path }[]; problems: PathProblem[] } {
  const found: { reference: string; path: Path }[] = [];
  const problems: PathProblem[] = [];
  for (const item of strings(value, path)) {
    try {
      found.push(...references(item.text).map((reference) => ({ reference, path: item.path })));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push({ path: item.path, message: show(error.message, 200) });
    }
  }
  return { found, problems };
}

export function bodyProblems(
  data: { readonly json?: unknown; readonly body?: string | undefined },
  path: Path,
): PathProblem[] {
  if (data.json === undefined || data.body === undefined) return [];
  const message = `\`${showPath(path)}\` has both \`json\` and \`body\`; a request has one body`;
  return [{ path: [...path, 'body'], message }];
}
