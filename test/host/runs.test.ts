import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunView } from '../../src/host/api.ts';
import { type Shop, shop } from './shop.ts';
import { call, git } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

/** A sandbox whose fork of `price` takes its time for each request. */
async function provision(delayMs = 0): Promise<string> {
  const changes = [{ service: 'price', env: { DELAY_MS: String(delayMs) } }];
  const view = await place.client.provision({ workingTree: place.repo, changes, waitSeconds: 40 }, call());
  expect(view.sandbox.state).toBe('ready');
  return view.sandbox.name;
}

const cart = (more: object = {}) => ({ workingTree: place.repo, plan: 'cart', waitSeconds: 40, ...more });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );
const reasons = ({ verdict }: RunView) => verdict?.reasons.map(({ code }) => code) ?? [];

test('two same calls share a run; its result is returned once, then a new run starts', async () => {
  await provision(100);
  const [one, two] = await Promise.all([
    place.client.runPlan(cart(), call()),
    (await place.connect()).runPlan(cart(), call()),
  ]);
  expect(two.run).toBe(one.run);
  expect(one.verdict?.verdict).toBe('passed');
  const three = await place.client.runPlan(cart({ waitSeconds: 0 }), call());
  expect(three).toMatchObject({ state: 'running', verdict: null });
  expect(three.run).not.toBe(one.run);
  await sleep(2500);
  expect((await place.client.runPlan(cart(), call())).run).toBe(three.run);
  expect((await place.client.runPlan(cart(), call())).run).not.toBe(three.run);
});

test('a run goes on when its client leaves, and `run` waits for it again', async () => {
  await provision(100);
  const leaving = new AbortController();
  const lost = place.client.runPlan(cart(), call([], leaving.signal)).catch((error: Error) => error.name);
  const begun = async () => {
    const { sandboxes } = await place.client.inspect({ workingTree: place.repo, runs: true }, call());
    return sandboxes[0]?.runs[0]?.run ?? '';
  };
  await expect.poll(begun, { interval: 20, timeout: 20_000 }).not.toBe('');
  leaving.abort();
  expect(await lost).toBe('AbortError');
  const run = await begun();
  const view = await place.client.runPlan({ workingTree: place.repo, run, waitSeconds: 40 }, call());
  expect(view).toMatchObject({ run, state: 'done', verdict: { verdict: 'passed' } });
});

test('what differs is not joined: other requests, an edited working tree', async () => {
  await provision(150);
  const requests = [{ id: 'cart', service: 'shop', method: 'GET', path: '/cart' }];
  const diff = { workingTree: place.repo, requests, waitSeconds: 0 };
  const first = await place.client.runPlan(cart({ waitSeconds: 0 }), call());
  const second = await place.client.smartDiff(diff, call());
  place.edit('price/server.mjs', '1250', '1300');
  const third = await place.client.runPlan(cart({ waitSeconds: 0 }), call());
  expect(new Set([first.run, second.run, third.run]).size).toBe(3);
  const wait = (run: string) =>
    place.client.runPlan({ workingTree: place.repo, run, waitSeconds: 40 }, call());
  // The edit came while the first two ran: neither may pass for code that is not there any more.
  for (const run of [first.run, second.run, third.run]) {
    expect(reasons(await wait(run))).toContain('stale-fork');
  }
});

test('teardown during a run leaves nothing and does not pass', async () => {
  const sandbox = await provision(400);
  const { run } = await place.client.runPlan(cart({ waitSeconds: 0 }), call());
  await sleep(900);
  const removal = await place.client.teardown({ workingTree: place.repo, sandbox }, call());
  expect(removal.left).toEqual([]);
  const view = await place.client.runPlan({ workingTree: place.repo, run, waitSeconds: 40 }, call());
  expect(view.verdict?.verdict).toBe('inconclusive');
  expect(reasons(view)).toContain('sandbox-gone');
});

test('a plan is tried on the baseline alone, without a sandbox and without a verdict', async () => {
  const view = await place.client.runPlan(cart({ target: 'baseline' }), call());
  expect(view).toMatchObject({ state: 'done', sandbox: null, target: 'baseline', verdict: null });
  expect(view.trial).toMatchObject([{ id: 'total', ok: true }]);
});

test('smart diff takes requests or a plan, and finds what the change changed', async () => {
  place.edit('price/server.mjs', 'cents: 1250', 'cents: 1300');
  await provision();
  const requests = [{ id: 'cart', service: 'shop', method: 'GET', path: '/cart' }];
  const args = { workingTree: place.repo, waitSeconds: 40 };
  const given = await place.client.smartDiff({ ...args, requests }, call());
  const planned = await place.client.smartDiff({ ...args, plan: 'cart' }, call());
  for (const { verdict } of [given, planned]) {
    expect(verdict?.findings.map(({ rule, place: at }) => `${rule} ${at}`)).toContain(
      'value-changed $.total',
    );
  }
  expect(await codeOf(place.client.smartDiff(args, call()))).toBe('invalid-argument');
  expect(await codeOf(place.client.smartDiff({ ...args, requests, plan: 'cart' }, call()))).toBe(
    'invalid-argument',
  );
});

test('expected changes that happened are listed as such and fail nothing', async () => {
  place.edit('price/server.mjs', 'cents: 1250', 'cents: 1300');
  await provision();
  const requests = [{ id: 'cart', service: 'shop', method: 'GET', path: '/cart' }];
  const diff = (expected?: string) =>
    place.client.smartDiff(
      { workingTree: place.repo, requests, waitSeconds: 40, ...(expected === undefined ? {} : { expected }) },
      call(),
    );
  const before = await diff();
  expect(before.verdict?.verdict).toBe('failed');
  const entries = before.verdict?.findings.map(({ fingerprint }) => ({
    fingerprint,
    reason: 'prices rose',
    base: before.baselineCommit,
    expected: 'another price',
  }));
  place.write('seatrial.expected.yaml', JSON.stringify(entries));
  const after = await diff();
  expect(after.verdict).toMatchObject({ verdict: 'passed', findings: [] });
  expect(after.verdict?.expected.map(({ place: at }) => at)).toContain('$.total');
  expect(after.sinceLast?.fixed.length).toBe(entries?.length);
  place.write('seatrial.expected.yaml', 'expected: 7\n');
  expect(await codeOf(diff())).toBe('invalid-expected');
  expect(await codeOf(diff('no-such.yaml'))).toBe('invalid-expected');
  expect(await codeOf(diff('../../elsewhere.yaml'))).toBe('out-of-root');
});

test('what cannot be run says why', async () => {
  expect(await codeOf(place.client.runPlan(cart(), call()))).toBe('unknown-sandbox');
  const sandbox = await provision();
  const refused = (more: object) => codeOf(place.client.runPlan(cart({ sandbox, ...more }), call()));
  expect(await refused({ plan: 'no-such' })).toBe('unknown-plan');
  expect(await refused({ params: { sku: 1 } })).toBe('invalid-params');
  expect(await refused({ sandbox: 'other' })).toBe('unknown-sandbox');
  expect(await refused({ run: 'r-aaaaaaaaaaaa' })).toBe('unknown-run');
  expect(await refused({ run: '../../../etc' })).toBe('unknown-run');
  place.write('plans/broken.md', '---\nseatrial: 1\nname: broken\ncovers: 7\n---\n');
  expect(await refused({ plan: 'broken' })).toBe('invalid-plan');
});

test('the runs of another working tree are not mine', async () => {
  await provision();
  const { run } = await place.client.runPlan(cart(), call());
  const second = `${place.root}/second`;
  git(place.repo, 'worktree', 'add', '-q', '-b', 'other', second);
  const other = await place.connect(second);
  expect(await codeOf(other.readRun({ workingTree: second, run }, call()))).toBe('unknown-run');
});

test('runs are kept when the host has ended, with verdict and report', async () => {
  await provision();
  const { run, verdict } = await place.client.runPlan(cart(), call());
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
  await sleep(1500);
  const kept = await place.client.readRun({ workingTree: place.repo, run }, call());
  expect(kept.verdict).toEqual(verdict);
});
