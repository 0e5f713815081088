import { renderExpectation } from '../compare/expectation.ts';
import type { RequestTemplate, Session } from '../compare/template.ts';
import { SeatrialError } from '../errors.ts';
import { references } from '../util/template.ts';
import type { Expectation, PairCheck, StepCheck } from '../verdict/evidence.ts';
import { resolveParams } from './params.ts';
import type { Plan, PlanRequest } from './plan.ts';

/** What a run sends and checks, before anything is sent. */
export interface PlannedRun {
  readonly session: Session;
  readonly steps: readonly StepCheck[];
  readonly pairs: readonly PairCheck[];
  /** Files of expected changes, from the root; empty: the default one. */
  readonly expected: readonly string[];
  readonly intermittent: boolean;
  /** Least passes a side; null: as many as the comparison asks for. */
  readonly repeats: number | null;
}

export interface SessionOptions {
  readonly params: Readonly<Record<string, unknown>>;
  /** Values of the secrets that `planSecrets` names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** True: compare every request but those marked `proof: none`, whatever the plan's smart_diff steps name. */
  readonly compareAll?: boolean;
}

/** Throws `invalid-params`, `missing-secret`. */
export function planSession(plan: Plan, options: SessionOptions): PlannedRun {
  const params = resolveParams(plan, options.params);
  const diffs = plan.steps.filter((step) => step.kind === 'smart_diff');
  const compared = new Set(diffs.flatMap((step) => (step.source.kind === 'steps' ? step.source.steps : [])));
  const requests: RequestTemplate[] = [];
  const steps: StepCheck[] = [];
  const pairs: PairCheck[] = [];
  for (const step of plan.steps) {
    if (step.kind === 'http') {
      const template = { ...requestTemplate(step.id, step.title, step.request), capture: step.capture };
      requests.push(template);
      steps.push({
        kind: 'step',
        id: step.id,
        title: step.title,
        expect: resolved(step.expect, params),
        proof: step.proof,
        notSent: null,
      });
      if (compared.has(step.id) || (options.compareAll === true && step.proof === 'required'))
        pairs.push(pairOf(template));
    } else if (step.source.kind === 'requests') {
      for (const request of step.source.requests) {
        const template = requestTemplate(request.id, `${step.title}: ${request.id}`, request);
        requests.push(template);
        pairs.push(pairOf(template));
      }
    }
  }
  const repeats = diffs.flatMap((step) => (step.repeats === null ? [] : [step.repeats]));
  return {
    session: { requests, params, secrets: needed(secretsIn(requests), options.secrets) },
    steps,
    pairs,
    expected: [...new Set(diffs.flatMap((step) => (step.expected === null ? [] : [step.expected])))],
    intermittent: diffs.some((step) => step.intermittent),
    repeats: repeats.length === 0 ? null : Math.max(...repeats),
  };
}

/** The names of the secrets that a plan's requests refer to: no other is read from the environment. */
export function planSecrets(plan: Plan): string[] {
  return secretsIn(
    plan.steps.flatMap((step): PlanRequest[] =>
      step.kind === 'http'
        ? [step.request]
        : step.source.kind === 'requests'
          ? [...step.source.requests]
          : [],
    ),
  );
}

export function requestTemplate(id: string, title: string, request: PlanRequest): RequestTemplate {
  const { service, method, path, headers, body, state, timeoutMs } = request;
  return { id, title, service, method, path, headers, body, state, timeoutMs, capture: {} };
}

export function pairOf(template: RequestTemplate): PairCheck {
  const { id, title, service, method, path } = template;
  return { kind: 'pair', id, title, service, method, pathTemplate: path, notSent: null };
}

export function secretsIn(requests: readonly Pick<PlanRequest, 'path' | 'headers' | 'body'>[]): string[] {
  const found = requests.flatMap(({ path, headers, body }) => references([path, headers, body]));
  return [
    ...new Set(
      found.filter((name) => name.startsWith('secrets.')).map((name) => name.slice('secrets.'.length)),
    ),
  ];
}

/** Only those that the requests use, so that no other secret gets near a run. */
export function needed(
  names: readonly string[],
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (value !== undefined && value !== '') return [name, value];
      throw new SeatrialError('missing-secret', {
        what: `The secret \`${name}\` has no value.`,
        why: 'The environment variable that `secrets:` in seatrial.yaml names for it is not set, or is empty.',
        next: 'Set the variable where the MCP server or CLI is started, and call again.',
      });
    }),
  );
}

/** Parameters are filled in here; what differs from pass to pass (captures, unique values) when a pass is sent. */
function resolved(expect: Expectation | null, params: Readonly<Record<string, unknown>>): Expectation | null {
  const perPass = references(expect).some((reference) => !reference.startsWith('params.'));
  return expect === null || perPass ? expect : renderExpectation(expect, (path) => params[path[1] ?? '']);
}
