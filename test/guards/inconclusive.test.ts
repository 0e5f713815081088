import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { judge } from '../../src/verdict/judge.ts';
import { type ReasonCode, reasonKinds } from '../../src/verdict/reason-kinds.ts';
import { reasons } from '../../src/verdict/reasons.ts';
import { cart, facts, removedCents, type Scenario, sandbox, scenarios } from './scenarios.ts';
import { serviceFiles } from './services.ts';
import { type Judged, openWorld, until, type World } from './world.ts';

let world: World;
/** Kept of a run that passed. */
let passed: Judged;

beforeAll(async () => {
  world = await openWorld({ files: serviceFiles });
  // One sandbox stays all the time, so that the baseline does.
  await world.call('provision_sandbox', { name: 'keeper', changes: [{ service: 'price' }] });
});
afterAll(async () => {
  await world.call('teardown', { all: true });
  await world.end();
});
afterEach(() => vi.restoreAllMocks());

/** Changes, provisions, runs and tears down, through the MCP server alone. */
async function play(scenario: Pick<Scenario, 'steps'> & Partial<Scenario>): Promise<Judged> {
  world.reset();
  // Harmless: what makes the service a changed one.
  world.write('price/notes.txt', 'as it was\n');
  scenario.change?.(world);
  world.writePlan('guard', scenario.steps, scenario.covers ?? null);
  const made = await world.call('provision_sandbox', {
    name: sandbox,
    ...(scenario.fork && { changes: scenario.fork }),
  });
  expect(made.state).toBe('ready');
  try {
    await scenario.before?.(world, made);
    const running = world.call('run_plan', { plan: 'guard', sandbox });
    if (scenario.during !== undefined) {
      await until('the request that waits', () => existsSync(join(world.gate, 'arrived')));
      await scenario.during(world);
    }
    writeFileSync(join(world.gate, 'open'), '');
    const told = await running;
    const kept = world.kept(told);
    expect(told.verdict).toBe(kept.verdict.verdict);
    return kept;
  } finally {
    await world.call('teardown', { sandbox });
  }
}

const word = { doubt: 'inconclusive', failure: 'failed', gap: 'inconclusive' } as const;

test('control: the same services with a harmless change pass', async () => {
  passed = await play({ steps: [cart] });
  expect(passed.verdict).toMatchObject({ verdict: 'passed', reasons: [], proof: { exercised: 1 } });
  expect(judge(passed.evidence)).toEqual(passed.verdict);
});

describe('each reason, produced through the MCP server, and gone from the verdict with its rule', () => {
  for (const scenario of scenarios) {
    const { code, codes, message, next } = scenario;
    test(scenario.name, async () => {
      const { verdict, evidence } = await play(scenario);
      expect(verdict.reasons.map((reason) => reason.code)).toEqual(codes);
      expect(verdict.verdict).toBe(word[reasonKinds[code].phase]);
      const reason = verdict.reasons.find((one) => one.code === code && message.test(one.message));
      expect(reason, JSON.stringify(verdict.reasons)).toBeDefined();
      expect(reason?.next).toMatch(next);
      expect(verdict.next).toBe(verdict.reasons[0]?.next);
      if (code === 'breaking-finding') expect(verdict.findings[0]?.fingerprint).toBe(removedCents);

      expect(judge(evidence)).toEqual(verdict);
      without(code, evidence, scenario.remaining ?? codes.filter((other) => other !== code));
    });
  }
});

describe('facts that no local engine brings about, in the evidence of a real run', () => {
  for (const { code, name, whyNot, alter, message, next } of facts) {
    test(`${name} (${whyNot})`, () => {
      const evidence = alter(passed.evidence);
      const verdict = judge(evidence);
      expect(verdict.verdict).toBe('inconclusive');
      expect(verdict.reasons.map((reason) => reason.code)).toEqual([code]);
      expect(verdict.reasons[0]?.message).toMatch(message);
      expect(verdict.reasons[0]?.next).toMatch(next);
      without(code, evidence, []);
    });
  }
});

/** The mutation that belongs to the scenario: with that one rule taken out, the same evidence is judged otherwise. */
function without(code: ReasonCode, evidence: Judged['evidence'], left: readonly ReasonCode[]): void {
  vi.spyOn(reasons, code).mockReturnValue([]);
  const mutated = judge(evidence);
  expect(mutated.reasons.map((reason) => reason.code)).toEqual(left);
  if (left.length === 0) expect(mutated.verdict).toBe('passed');
}

test('every reason that a verdict can give has a scenario', () => {
  const produced = new Set([...scenarios, ...facts].map(({ code }) => code));
  expect([...produced].sort()).toEqual(Object.keys(reasonKinds).sort());
  for (const { code, name } of [...scenarios, ...facts]) expect(name).toMatch(new RegExp(`^${code}: `));
});
