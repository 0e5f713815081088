import { didYouMean } from '../util/closest.ts';
import type { StepBlock } from './blocks.ts';
import { bodyProblems } from './lint-request.ts';
import type { HttpStep, PlanProblem, PlanRequest, PlanStep, SmartDiffStep } from './plan.ts';
import {
  type DiffRequestData,
  type HttpStepData,
  httpStepSchema,
  laterKinds,
  type SmartDiffStepData,
  smartDiffStepSchema,
  stepKinds,
} from './schema.ts';
import { type PathProblem, shape, show } from './shape.ts';
import { readYaml } from './yaml-source.ts';

/** A step block as far as it could be read: with `problems`, `step` is what is left of it, for further checks. */
export interface ReadStep extends StepShape {
  readonly line: number;
  readonly problems: readonly PlanProblem[];
  lineOf(path: readonly PropertyKey[]): number;
}

interface StepShape {
  readonly id: string | null;
  /** Names that it captures, for the references of later steps, even where the rest of it is broken. */
  readonly captures: readonly string[];
  readonly step: PlanStep | null;
}

export function readStep(block: StepBlock): ReadStep {
  const source = readYaml(block.yaml, block.line + 1);
  const nothing = { id: null, captures: [], step: null, line: block.line, lineOf: source.lineOf };
  if (source.problems.length > 0) return { ...nothing, problems: source.problems };
  if (!isRecord(source.value)) {
    const message = 'a step must be a map with `id:` and its kind, such as `http:`';
    return { ...nothing, problems: [{ line: block.line, message }] };
  }
  const { problems, ...shaped } = shapeStep(source.value, block);
  const located = problems.map(({ path, message }) => ({
    line: path.length === 0 ? block.line : source.lineOf(path),
    message,
  }));
  return { ...shaped, line: block.line, lineOf: source.lineOf, problems: located };
}

function shapeStep(
  value: Record<string, unknown>,
  block: StepBlock,
): StepShape & { problems: readonly PathProblem[] } {
  const read = {
    id: typeof value.id === 'string' ? value.id : null,
    captures: isRecord(value.capture) ? Object.keys(value.capture) : [],
    step: null,
  };
  const kinds = stepKinds.filter((kind) => Object.hasOwn(value, kind));
  const kind = kinds[0];
  if (kind === undefined || kinds.length > 1) return { ...read, problems: [kindProblem(value, kinds)] };
  if (kind === 'job' || kind === 'load') {
    const message = `\`${kind}\` steps come with a later version of Seatrial; this one runs http and smart_diff steps`;
    return { ...read, problems: [{ path: [kind], message }] };
  }
  if (kind === 'http') {
    const { data, problems } = shape(httpStepSchema, value);
    if (data === null) return { ...read, problems };
    return {
      ...read,
      step: httpStep(data, block),
      problems: [...problems, ...bodyProblems(data.http, ['http'])],
    };
  }
  const { data, problems } = shape(smartDiffStepSchema, value);
  if (data === null) return { ...read, problems };
  const { requests, steps } = data.smart_diff;
  if ((requests === undefined) === (steps === undefined)) {
    const message = '`smart_diff` takes either `requests` or `steps`, and needs one of them';
    return { ...read, problems: [...problems, { path: ['smart_diff'], message }] };
  }
  const bodies = (requests ?? []).flatMap((request, index) =>
    bodyProblems(request, ['smart_diff', 'requests', index]),
  );
  return { ...read, step: smartDiffStep(data, block), problems: [...problems, ...bodies] };
}

function kindProblem(value: Record<string, unknown>, kinds: readonly string[]): PathProblem {
  if (kinds.length > 1) {
    return {
      path: [kinds[1] ?? ''],
      message: `a step has one kind, this one has ${kinds.join(' and ')}; make two steps of it`,
    };
  }
  const near = Object.keys(value)
    .map((key) => ({ key, hint: didYouMean(key, stepKinds) }))
    .find(({ hint }) => hint !== '');
  if (near !== undefined)
    return { path: [near.key], message: `\`${show(near.key)}\` is no kind of step${near.hint}` };
  const now = stepKinds.filter((kind) => !laterKinds.some((later) => later === kind));
  return { path: [], message: `the step has no kind: give it one of the keys ${now.join(', ')}` };
}

function httpStep(data: HttpStepData, place: StepBlock): HttpStep {
  const { status, headers, body } = data.expect ?? {};
  return {
    kind: 'http',
    id: data.id,
    title: place.title ?? data.id,
    line: place.line,
    request: { ...planRequest(data.http), timeoutMs: data.http.timeoutMs ?? null },
    expect:
      data.expect === undefined
        ? null
        : {
            ...(status === undefined ? {} : { status }),
            ...(headers === undefined ? {} : { headers }),
            ...(body === undefined ? {} : { body }),
          },
    capture: data.capture ?? {},
    proof: data.proof ?? 'required',
  };
}

function smartDiffStep(data: SmartDiffStepData, place: StepBlock): SmartDiffStep {
  const { requests, steps, repeats, intermittent, expected } = data.smart_diff;
  return {
    kind: 'smart_diff',
    id: data.id,
    title: place.title ?? data.id,
    line: place.line,
    source:
      requests === undefined
        ? { kind: 'steps', steps: steps ?? [] }
        : {
            kind: 'requests',
            requests: requests.map((request) => ({ id: request.id, ...planRequest(request) })),
          },
    repeats: repeats ?? null,
    intermittent: intermittent ?? false,
    expected: expected ?? null,
  };
}

/** Also for requests that are given without a plan. */
export function planRequest(data: Omit<DiffRequestData, 'id'>): PlanRequest {
  const { service, method, path, headers, state } = data;
  const json =
    Object.hasOwn(data, 'json') && data.json !== undefined
      ? { kind: 'json' as const, value: data.json }
      : null;
  const body = data.body === undefined ? json : { kind: 'text' as const, text: data.body };
  return { service, method, path, headers, body, state, timeoutMs: null };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
