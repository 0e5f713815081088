import { randomBytes } from 'node:crypto';
import { renderExpectation } from '../../src/compare/expectation.ts';
import { renderRequest } from '../../src/compare/render.ts';
import type { RequestTemplate } from '../../src/compare/template.ts';
import type { Answer, HttpRequest } from '../../src/exchange.ts';
import { send } from '../../src/http/send.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planSession } from '../../src/plan/session.ts';
import { valuesAt } from '../../src/util/json-path.ts';
import { expectationFailures } from '../../src/verdict/expect.ts';
import type { RunningShop } from './start-shop.ts';

/** One request of a plan and what became of it. */
export interface Played {
  readonly template: RequestTemplate;
  readonly request: HttpRequest;
  readonly answer: Answer;
  /** Calls by service, from the baggage that went along. */
  readonly calls: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

/** Sends the session of a plan once, with the product's own parts but for the engine. */
export async function playPlan(plan: Plan, shop: RunningShop): Promise<Played[]> {
  const planned = planSession(plan, { params: {}, secrets: {} });
  const captured: Record<string, Record<string, unknown>> = {};
  const unique = randomBytes(6).toString('hex');
  const played: Played[] = [];
  const capturedValue = (step: string, name: string): unknown => {
    const value = captured[step]?.[name];
    const answer = played.find(({ template }) => template.id === step)?.answer;
    if (value === undefined) throw new Error(`${step} gave no ${name}: ${JSON.stringify(answer)}`);
    return value;
  };
  for (const template of planned.session.requests) {
    const lookup = ([kind, first = '', second = '']: readonly string[]): unknown => {
      if (kind === 'params') return planned.session.params[first];
      if (kind === 'steps') return capturedValue(first, second);
      return first === 'email' ? `${unique}@shop.example` : unique;
    };
    const correlation = randomBytes(4).toString('hex');
    const rendered = renderRequest(template, lookup);
    const key: [string, string] = ['baggage', `seatrial=base-000000000000000.${correlation}`];
    const request = { ...rendered, headers: [...rendered.headers, key] };
    const limits = { timeoutMs: 5_000, maxBytes: 1_000_000, signal: new AbortController().signal };
    const answer = await send(shop.origins[template.service] ?? '', template.service, request, limits);
    const expect = planned.steps.find((step) => step.id === template.id)?.expect ?? null;
    captured[template.id] = capture(template, answer);
    played.push({
      template,
      request,
      answer,
      calls: await shop.calls(correlation),
      failures: expect === null ? [] : expectationFailures(renderExpectation(expect, lookup), answer),
    });
  }
  return played;
}

function capture(template: RequestTemplate, answer: Answer): Record<string, unknown> {
  if (answer.kind !== 'answer') return {};
  const body: unknown = JSON.parse(answer.body.text);
  return Object.fromEntries(
    Object.entries(template.capture).map(([name, path]) => [name, valuesAt(path, body)[0]]),
  );
}
