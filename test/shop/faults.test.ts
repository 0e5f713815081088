import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/cli/demo/fault.ts';
import { compareSession } from '../../src/diff/session.ts';
import { loadPlans } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planSession } from '../../src/plan/session.ts';
import { type Played, playPlan } from './play-plan.ts';
import { faults, type Shop, shopConfig, shopFolder, startShop } from './start-shop.ts';

let shop: Shop;
let plans: readonly Plan[] = [];
beforeAll(async () => {
  plans = (await loadPlans({ root: shopFolder, folder: shopConfig.plans, config: shopConfig })).plans;
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

/** As a run would: baseline, sandbox, sandbox, baseline; then more where the comparison asks for it. */
async function compare(plan: Plan, other: Shop) {
  const { pairs } = planSession(plan, { params: {}, secrets: {} });
  const passes: { candidate: boolean; played: Played[] }[] = [];
  const play = async (candidate: boolean) =>
    passes.push({ candidate, played: await playPlan(plan, candidate ? other : shop) });
  for (const candidate of [false, true, true, false]) await play(candidate);
  for (;;) {
    const side = (id: string, candidate: boolean) =>
      passes.flatMap((pass, index) =>
        pass.candidate === candidate
          ? pass.played
              .filter(({ template }) => template.id === id)
              .map(({ request, answer, calls }) => ({ pass: index + 1, request, answer, calls }))
          : [],
      );
    const comparisons = compareSession(
      pairs.map(({ id, service, method, pathTemplate }) => {
        const [baseline, candidate] = [side(id, false), side(id, true)];
        const calls = {
          baseline: baseline.map((each) => each.calls),
          candidate: candidate.map((each) => each.calls),
        };
        return { id, service, method, pathTemplate, baseline, candidate, calls };
      }),
      { intermittent: false },
    );
    if (passes.length >= 14 || comparisons.every(({ wants }) => wants === 0)) {
      const failed = passes.flatMap(({ candidate, played }) =>
        candidate
          ? played.filter(({ failures }) => failures.length > 0).map(({ template }) => template.id)
          : [],
      );
      return { comparisons, failed: [...new Set(failed)] };
    }
    await play(true);
    await play(false);
  }
}

function planOf(fault: Fault): Plan {
  const plan = plans.find(({ name }) => name === fault.plan);
  if (plan === undefined) throw new Error(`no plan ${fault.plan}`);
  return plan;
}

describe('the ten faults', () => {
  test('are ten, with names of their own, in files of their services', () => {
    expect(faults.map(({ name }) => name).sort()).toEqual([
      'changed-sort-order',
      'error-swallowed-as-200',
      'leaked-password-hash',
      'lost-auth-check',
      'lost-status',
      'n-plus-one-calls',
      'null-for-empty-list',
      'renamed-field',
      'wrong-rounding',
      'wrong-unit',
    ]);
    for (const { service, file, plan } of faults) {
      expect(shopConfig.services[service]?.paths).toContain(file);
      expect(plans.find(({ name }) => name === plan)?.covers.services).toEqual([service]);
    }
  });

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s shows as the finding that it names',
    async (_, fault) => {
      await using faulty = await startShop({ fault });
      const { comparisons, failed } = await compare(planOf(fault), faulty);
      const findings = comparisons.flatMap(({ id, findings: found }) =>
        found.map(({ rule, place, severity, confirmed }) => ({
          request: id,
          rule,
          place,
          severity,
          confirmed,
        })),
      );
      const { rule, place, request, step } = fault.expect;
      expect(findings).toContainEqual({ request, rule, place, severity: 'breaking', confirmed: true });
      if (step === null) expect(failed).toEqual([]);
      else expect(failed).toContain(step);
    },
  );
});

test('a shop without a fault, started anew, has no finding in any plan', async () => {
  await using other = await startShop();
  for (const plan of plans) {
    const { comparisons, failed } = await compare(plan, other);
    expect(failed).toEqual([]);
    const findings = comparisons.flatMap(({ id, findings: found }) =>
      found.map(({ rule, place }) => `${id} ${rule} ${place}`),
    );
    expect(findings, plan.name).toEqual([]);
  }
});
