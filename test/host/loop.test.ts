import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Evidence } from '../../src/verdict/evidence.ts';
import { judge } from '../../src/verdict/judge.ts';
import { type Shop, shop } from './shop.ts';
import { call } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

test('the loop: provision, a failed finding, a fix, passed with receipts, tear down, nothing left', async () => {
  const { client, repo: workingTree } = place;
  place.edit('price/server.mjs', 'cents: 1250', 'amount: 1250');
  const { sandbox } = await client.provision({ workingTree, waitSeconds: 40 }, call());
  expect(sandbox.state).toBe('ready');

  const failed = await client.runPlan({ workingTree, plan: 'cart', waitSeconds: 40 }, call());
  expect(failed.verdict?.verdict).toBe('failed');
  const findings = failed.verdict?.findings.map(({ rule, place: at }) => `${rule} ${at}`) ?? [];
  expect(findings).toContain('renamed-field $.price.cents');
  expect(failed.verdict?.proof.exercised).toBe(failed.verdict?.proof.required);

  place.edit('price/server.mjs', 'amount: 1250', 'cents: 1250, currency: "EUR"');
  const stale = await client.runPlan({ workingTree, plan: 'cart', waitSeconds: 40 }, call());
  expect(stale.verdict?.verdict).toBe('inconclusive');
  expect(stale.verdict?.reasons.map(({ code }) => code)).toContain('stale-fork');

  await client.provision({ workingTree, sandbox: sandbox.name, waitSeconds: 40 }, call());
  const passed = await client.runPlan({ workingTree, plan: 'cart', waitSeconds: 40 }, call());
  expect(passed.verdict).toMatchObject({ verdict: 'passed', reasons: [] });
  const { required = 0, exercised, forks } = passed.verdict?.proof ?? {};
  expect(required).toBeGreaterThanOrEqual(2);
  expect(exercised).toBe(required);
  expect(forks).toEqual([{ service: 'price', hops: required, requests: required, failed: 0 }]);
  expect(passed.sinceLast?.verdict).toBe('inconclusive');

  const kept = await client.readRun({ workingTree, run: passed.run }, call());
  expect(kept.verdict).toEqual(passed.verdict);
  expect(readFileSync(passed.reportFile ?? '', 'utf8')).toContain('passed');
  const evidence = JSON.parse(
    readFileSync(join(dirname(passed.reportFile ?? ''), 'evidence.json'), 'utf8'),
  ) as Evidence;
  expect(judge(evidence)).toEqual(passed.verdict);

  const removal = await client.teardown({ workingTree, sandbox: sandbox.name }, call());
  expect(removal.left).toEqual([]);
});
