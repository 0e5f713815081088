import type { Answer, Header, HttpRequest, OwnProcess } from '../exchange.ts';
import { send } from '../http/send.ts';
import { mintCorrelation, withKey } from '../routing/key.ts';
import { valuesAt } from '../util/json-path.ts';
import { type Lookup, references } from '../util/template.ts';
import type { Expectation, PassEvidence, SentRequest, StepCheck } from '../verdict/evidence.ts';
import { bodyAsJson } from '../verdict/expect.ts';
import { Cookies } from './cookies.ts';
import { renderExpectation } from './expectation.ts';
import type { Limits } from './limits.ts';
import type { Redactor } from './redact.ts';
import { lookupIn } from './references.ts';
import { renderRequest, UnsendableError } from './render.ts';
import type { RequestTemplate, Session } from './template.ts';

/** Where the requests of a pass go; `key` is null for addresses that know no keys. */
export interface Target {
  readonly origin: string;
  readonly host: string;
  readonly key: string | null;
  /** The process that will answer, where it is known. */
  readonly own?: OwnProcess;
}

export interface PassPlan {
  readonly number: number;
  readonly side: PassEvidence['side'];
  readonly session: Session;
  /** True: what looks like a reference is sent as it is. */
  readonly literal?: boolean;
  /** Steps with `expect`, whose references are rendered in each pass. */
  readonly steps: readonly StepCheck[];
  /** Id of the last request to send; null for all. */
  readonly until: string | null;
  readonly seed: string;
  readonly limits: Limits;
  readonly redactor: Redactor;
  /** Asked before each request, so that a sandbox that goes away is noticed. What it throws ends the pass. */
  readonly target: (service: string) => Promise<Target>;
  readonly onSent: (sent: SentRequest) => void;
  readonly signal: AbortSignal;
}

export interface PassResult {
  readonly pass: PassEvidence;
  /** By id: why a request was not sent although its turn came. */
  readonly notSent: ReadonlyMap<string, string>;
}

/**
 * Sends a session once, in order, with cookies, captures and unique values of its own. `onSent` is called after each
 * answer, so that what was sent before a throw is not lost.
 */
export async function runPass(plan: PassPlan): Promise<PassResult> {
  const { session, number, side, seed, redactor } = plan;
  const captured = new Map<string, Readonly<Record<string, unknown>>>();
  const lookup = lookupIn({ params: session.params, secrets: session.secrets, captured, seed, pass: number });
  const expectations = new Map(plan.steps.map(({ id, expect }) => [id, expect]));
  const cookies = new Cookies();
  const sent: SentRequest[] = [];
  const notSent = new Map<string, string>();
  for (const template of session.requests) {
    try {
      const request = renderRequest(template, plan.literal === true ? null : lookup);
      const expect = rendered(expectations.get(template.id) ?? null, lookup);
      const correlation = mintCorrelation();
      const { whole, answer, own } = await exchange(plan, template, request, correlation, cookies);
      const values = capture(template, answer);
      captured.set(template.id, values);
      const one: SentRequest = {
        id: template.id,
        correlation,
        service: template.service,
        request: redactor.request(whole),
        answer: redactor.answer(answer),
        ...(own === undefined ? {} : { own }),
        captured: redactor.value(values),
        ...(expect === null ? {} : { expect: redactor.value(expect) }),
      };
      sent.push(one);
      plan.onSent(one);
    } catch (error) {
      if (!(error instanceof UnsendableError)) throw error;
      notSent.set(template.id, error.message);
    }
    if (template.id === plan.until) break;
  }
  return { pass: { number, side, sent }, notSent };
}

async function exchange(
  plan: PassPlan,
  template: RequestTemplate,
  request: HttpRequest,
  correlation: string,
  cookies: Cookies,
): Promise<{ readonly whole: HttpRequest; readonly answer: Answer; readonly own: OwnProcess | undefined }> {
  const { origin, host, key, own } = await plan.target(template.service);
  const withCookies = await cookies.onto(host, request.path, defaults(request.headers));
  const headers = key === null ? withCookies : withKey(withCookies, key, correlation);
  const whole = { ...request, headers };
  // What is called is named as Host; a gateway answers to no other name, and shows the service its own.
  const answer = await send(origin, new URL(origin).host, whole, {
    timeoutMs: template.timeoutMs ?? plan.limits.requestMs,
    maxBytes: plan.limits.bodyBytes,
    signal: plan.signal,
  });
  if (answer.kind === 'answer') await cookies.keep(host, request.path, answer.headers);
  return { whole, answer: withoutRouted(answer), own };
}

/** Ours, for people and agents at a terminal: no part of the service's answer. */
function withoutRouted(answer: Answer): Answer {
  if (answer.kind === 'no-answer') return answer;
  return {
    ...answer,
    headers: answer.headers.filter(([name]) => name.toLowerCase() !== 'x-seatrial-routed'),
  };
}

function defaults(headers: readonly Header[]): Header[] {
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  const extra: Header[] = [
    ['accept', '*/*'],
    ['user-agent', 'seatrial'],
  ];
  return [...extra.filter(([name]) => !has(name)), ...headers];
}

/** First node of each path; paths without a node are left out. */
function capture(template: RequestTemplate, answer: Answer): Record<string, unknown> {
  const json = answer.kind === 'answer' ? bodyAsJson(answer) : null;
  if (json === null) return {};
  const entries = Object.entries(template.capture).map(([name, path]) => [
    name,
    valuesAt(path, json.value)[0],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Null where there is nothing to render. */
function rendered(expect: Expectation | null, lookup: Lookup): Expectation | null {
  return expect === null || references(expect).length === 0 ? null : renderExpectation(expect, lookup);
}
