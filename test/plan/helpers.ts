import type { ServiceConfig } from '../../src/config/config.ts';
import { type ParsedPlan, parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';

export const names = { services: ['checkout', 'pricing', 'tax'], secrets: ['buyer'] };

export function parse(text: string | Uint8Array): ParsedPlan {
  return parsePlan(typeof text === 'string' ? Buffer.from(text) : text, 'plans/a.md', names);
}

/** The problems as `line: message`. */
export function problems(text: string | Uint8Array): string[] {
  return parse(text).problems.map(({ line, message }) => `${line}: ${message}`);
}

export function good(text: string): Plan {
  const { plan, problems: found } = parse(text);
  if (plan === null) throw new Error(JSON.stringify(found));
  return plan;
}

export const head = `---
seatrial: 1
name: a
selectionHint: Checks a.
---
`;

/** A plan of the given steps; the first step's YAML begins on line 7. */
export function planOf(...steps: string[]): string {
  return head + steps.map((step) => `\`\`\`yaml step\n${step.trim()}\n\`\`\`\n`).join('');
}

export function service(name: string): ServiceConfig {
  return {
    name,
    paths: [`services/${name}/**`],
    command: `node services/${name}/server.mjs`,
    cwd: '.',
    setup: null,
    link: [],
    ready: { kind: 'http', path: '/healthz' },
    readySeconds: 30,
    stopSeconds: 5,
    env: {},
    shared: false,
    workload: null,
    container: null,
    sharedEffects: null,
    observe: false,
  };
}

export const config = {
  services: Object.fromEntries(names.services.map((name) => [name, service(name)])),
  secrets: { buyer: { env: 'BUYER_TOKEN' } },
};
