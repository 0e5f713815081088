import { didYouMean } from '../util/closest.ts';
import { pathProblem } from '../util/json-path.ts';
import { type KnownNames, referencesIn, requestProblems } from './lint-request.ts';
import type { HttpStep, PlanProblem, PlanRequest, SmartDiffStep } from './plan.ts';
import { type PathProblem, show, showPath } from './shape.ts';
import type { ReadStep } from './step.ts';

/** What earlier steps offer, growing from step to step. */
interface Seen {
  /** By id of a step or request: the line it stands on and what it captures. */
  readonly ids: Map<
    string,
    { readonly line: number; readonly captures: readonly string[]; readonly step: HttpStep | null }
  >;
  /** Ids of all steps, for references that look ahead. */
  readonly all: readonly string[];
  readonly compared: Set<string>;
  /** Null where the frontmatter could not be read. */
  readonly params: readonly string[] | null;
  readonly names: KnownNames;
}

type Path = readonly PropertyKey[];

/** What the shape of one step cannot say: names, references, places, ids. `params` are those declared. */
export function lintSteps(
  steps: readonly ReadStep[],
  params: readonly string[] | null,
  names: KnownNames,
): PlanProblem[] {
  const all = steps.flatMap(({ id }) => (id === null ? [] : [id]));
  const seen: Seen = { ids: new Map(), all, compared: new Set(), params, names };
  return steps.flatMap((read) => {
    const problems =
      read.step?.kind === 'http' ? lintHttp(read.step, seen) : read.step ? lintDiff(read.step, seen) : [];
    const located = problems.map(({ path, message }) => ({ line: read.lineOf(path), message }));
    return [...located, ...remember(read, seen)];
  });
}

function remember(read: ReadStep, seen: Seen): PlanProblem[] {
  if (read.id === null) return [];
  const step = read.step?.kind === 'http' ? read.step : null;
  return claim(read.id, read.lineOf(['id']), { captures: read.captures, step }, seen);
}

function claim(
  id: string,
  line: number,
  entry: { captures: readonly string[]; step: HttpStep | null },
  seen: Seen,
): PlanProblem[] {
  const first = seen.ids.get(id);
  if (first !== undefined)
    return [{ line, message: `the id \`${show(id)}\` is taken already, on line ${first.line}` }];
  seen.ids.set(id, { line, ...entry });
  return [];
}

function lintHttp(step: HttpStep, seen: Seen): PathProblem[] {
  const { expect } = step;
  const problems = lintRequest(step.request, ['http'], seen);
  if (expect !== null && expect.status === undefined && !filled(expect.headers) && !filled(expect.body)) {
    problems.push({
      path: ['expect'],
      message: '`expect` asserts nothing; give it `status`, `headers` or `body`, or leave it out',
    });
  }
  for (const place of Object.keys(expect?.body ?? {}))
    problems.push(...placeProblems(place, ['expect', 'body', place]));
  for (const [name, place] of Object.entries(step.capture))
    problems.push(...placeProblems(place, ['capture', name]));
  const expected = referencesIn([expect?.headers ?? {}, Object.values(expect?.body ?? {})], []);
  problems.push(...onPlaces(step, expected.problems));
  for (const { reference, path } of expected.found) {
    const at = expectPath(step, path);
    if (reference.startsWith('secrets.')) {
      problems.push({
        path: at,
        message: `{{ ${show(reference)} }} cannot stand in \`expect\`: secrets are redacted before anything is judged`,
      });
    } else problems.push(...referenceProblems(reference, at, seen));
  }
  return problems;
}

/** From a path into `[headers, values of body]` back to the path in the file. */
function expectPath(step: HttpStep, [part, key, ...rest]: Path): Path {
  if (part === 0) return ['expect', 'headers', ...(key === undefined ? [] : [key]), ...rest];
  const place = Object.keys(step.expect?.body ?? {})[Number(key)];
  return ['expect', 'body', ...(place === undefined ? [] : [place]), ...rest];
}

function onPlaces(step: HttpStep, problems: readonly PathProblem[]): PathProblem[] {
  return problems.map(({ path, message }) => ({ path: expectPath(step, path), message }));
}

function lintDiff(step: SmartDiffStep, seen: Seen): PathProblem[] {
  const problems: PathProblem[] = [];
  if (step.expected !== null && /^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(step.expected)) {
    problems.push({
      path: ['smart_diff', 'expected'],
      message: `\`expected\` must name a file inside the repository, from its root: \`${show(step.expected)}\` does not`,
    });
  }
  if (step.source.kind === 'steps') {
    step.source.steps.forEach((id, index) => {
      const message = compareProblem(id, seen);
      if (message !== null) problems.push({ path: ['smart_diff', 'steps', index], message });
    });
    return problems;
  }
  step.source.requests.forEach((request, index) => {
    const path = ['smart_diff', 'requests', index];
    problems.push(...lintRequest(request, path, seen));
    if (seen.all.includes(request.id) || seen.ids.has(request.id)) {
      problems.push({
        path: [...path, 'id'],
        message: `the id \`${show(request.id)}\` is taken already; ids of requests and steps are one list`,
      });
    } else seen.ids.set(request.id, { line: step.line, captures: [], step: null });
  });
  return problems;
}

function compareProblem(id: string, seen: Seen): string | null {
  const earlier = seen.ids.get(id);
  if (earlier === undefined) {
    if (seen.all.includes(id))
      return `\`${show(id)}\` is no earlier step; put the smart_diff step after the steps it compares`;
    return `the plan has no step \`${show(id)}\`${didYouMean(id, seen.all)}`;
  }
  if (earlier.step === null) return `\`${show(id)}\` is no http step, so it cannot be compared`;
  if (earlier.step.proof === 'none')
    return `\`${show(id)}\` is marked \`proof: none\`, so it is never compared`;
  if (seen.compared.has(id)) return `\`${show(id)}\` is compared already`;
  seen.compared.add(id);
  return null;
}

function lintRequest(request: PlanRequest, path: Path, seen: Seen): PathProblem[] {
  const problems = requestProblems(request, path);
  if (!seen.names.services.includes(request.service)) {
    problems.push({ path: [...path, 'service'], message: unknownService(request.service, seen.names) });
  }
  const body =
    request.body === null
      ? {}
      : request.body.kind === 'json'
        ? { json: request.body.value }
        : { body: request.body.text };
  const { found, problems: braces } = referencesIn(
    { path: request.path, headers: request.headers, ...body },
    path,
  );
  return [
    ...problems,
    ...braces,
    ...found.flatMap(({ reference, path: at }) => referenceProblems(reference, at, seen)),
  ];
}

export function unknownService(service: string, names: KnownNames): string {
  const hint =
    didYouMean(service, names.services) ||
    `; it names ${names.services.map((name) => show(name)).join(', ') || 'none'}`;
  return `\`seatrial.yaml\` names no service \`${show(service)}\`${hint}`;
}

function referenceProblems(reference: string, path: Path, seen: Seen): PathProblem[] {
  const message = referenceProblem(reference, seen);
  return message === null ? [] : [{ path, message: `{{ ${show(reference)} }}: ${message}` }];
}

function referenceProblem(reference: string, seen: Seen): string | null {
  const [root = '', name = '', capture, ...more] = reference.split('.');
  if (root === 'steps') {
    if (name === '' || capture === undefined || more.length > 0)
      return 'a captured value is written {{ steps.<id>.<capture> }}';
    const step = seen.ids.get(name);
    if (step === undefined) {
      if (seen.all.includes(name)) return `the step \`${show(name)}\` is not sent before this one`;
      return `the plan has no step \`${show(name)}\`${didYouMean(name, seen.all)}`;
    }
    if (step.captures.includes(capture)) return null;
    return `the step \`${show(name)}\` captures no \`${show(capture)}\`${didYouMean(capture, step.captures) || '; name it under its `capture:`'}`;
  }
  if (!['params', 'secrets', 'unique'].includes(root))
    return `references begin with params, secrets, steps or unique${didYouMean(root, ['params', 'secrets', 'steps', 'unique'])}`;
  if (name === '' || capture !== undefined) return `it is written {{ ${root}.<name> }}`;
  if (root === 'params' && seen.params?.includes(name) === false) {
    return `the plan declares no parameter \`${show(name)}\`${didYouMean(name, seen.params) || '; declare it under `params:`'}`;
  }
  if (root === 'secrets' && !seen.names.secrets.includes(name)) {
    return `\`seatrial.yaml\` names no secret \`${show(name)}\`${didYouMean(name, seen.names.secrets) || '; name it under `secrets:`'}`;
  }
  return null;
}

function placeProblems(place: string, path: Path): PathProblem[] {
  if (place.includes('{{')) return [{ path, message: `\`${show(place)}\`: a place takes no references` }];
  const problem = place.length > 500 ? 'it is longer than 500 characters' : pathProblem(place);
  if (problem === null) return [];
  return [
    {
      path,
      message: `\`${show(place)}\` under \`${showPath(path.slice(0, -1))}\` is no place (RFC 9535): ${show(problem, 160)}`,
    },
  ];
}

function filled(entries: object | undefined): boolean {
  return entries !== undefined && Object.keys(entries).length > 0;
}
