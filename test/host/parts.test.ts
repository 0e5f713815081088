import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTurns } from '../../src/host/context.ts';
import { defaultName } from '../../src/host/names.ts';
import { mintRunId, type RunRecord } from '../../src/host/runs/run.ts';
import { sinceLast } from '../../src/host/runs/since-last.ts';
import { mergeStale } from '../../src/host/runs/stale.ts';
import { openRunStore } from '../../src/host/runs/store.ts';
import { waitAtMost } from '../../src/host/wait.ts';
import { noLog } from '../../src/log.ts';
import { checkName } from '../../src/sandbox/name.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { type Scratch, scratch } from './support.ts';

describe('names', () => {
  test('a default name is a DNS label, the same for the same branch of the same working tree', () => {
    const branches = ['main', 'Feature/ÄÖ_x', '--', 'a'.repeat(200), 'x/'.repeat(60), null];
    for (const branch of branches) {
      const name = defaultName(branch, '/work tree');
      expect(checkName(name)).toBe(name);
      expect(defaultName(branch, '/work tree')).toBe(name);
      expect(defaultName(branch, '/other')).not.toBe(name);
    }
  });
});

describe('waiting', () => {
  const never = new Promise<never>(() => {});

  test('a bounded wait ends with null', async () => {
    expect(await waitAtMost(never, 0.01, new AbortController().signal)).toBeNull();
    expect(await waitAtMost(Promise.resolve(7), 10, new AbortController().signal)).toBe(7);
  });

  test('calls of one name take turns, also after one that failed', async () => {
    const turns = createTurns();
    const order: string[] = [];
    const first = turns.take('a', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('first');
      throw new Error('it fails');
    });
    const second = turns.take('a', async () => order.push('second'));
    await expect(first).rejects.toThrow('it fails');
    await second;
    expect(order).toEqual(['first', 'second']);
  });
});

test('a fork that was stale at either end is stale, with the paths of both', () => {
  const stale = (service: string, ...paths: string[]) => ({ service, paths, asked: `tree-${paths[0]}` });
  expect(mergeStale([stale('a', 'x')], [stale('a', 'x', 'y'), stale('b', 'z')])).toEqual([
    { service: 'a', paths: ['x', 'y'], asked: 'tree-x' },
    { service: 'b', paths: ['z'], asked: 'tree-z' },
  ]);
});

const record = (run: string, more: Partial<RunRecord> = {}): RunRecord => ({
  format: 1,
  run,
  owner: { principal: 'os:me', repository: '/r', workingTree: '/w' },
  sandbox: 's',
  plan: 'p',
  target: 'sandbox',
  series: 'plan p',
  state: 'done',
  startedAt: new Date().toISOString(),
  doing: null,
  verdict: 'passed',
  trial: null,
  sinceLast: null,
  baselineCommit: 'c',
  revisions: {},
  error: null,
  ...more,
});

test('since the last run: told by fingerprints and checks, not by values', () => {
  const verdict = (prints: readonly string[], outcome: 'passed' | 'failed'): Verdict => ({
    verdict: 'failed',
    reasons: [],
    next: '',
    checks: [
      {
        id: 'pay',
        kind: 'step',
        title: '',
        outcome,
        exercised: true,
        details: [],
        answers: { baseline: 0, sandbox: 1 },
      },
    ],
    findings: prints.map((fingerprint) => ({
      fingerprint,
      rule: 'removed-field',
      severity: 'breaking',
      place: `$.${fingerprint}`,
      confirmed: true,
      why: '',
      effect: '',
      answers: { baseline: 2, candidate: 2 },
      request: 'cart',
      service: 'shop',
    })),
    unconfirmed: [],
    expected: [],
    warnings: [],
    volatile: [],
    unproven: { forks: [], services: [] },
    proof: { required: 1, exercised: 1, forks: [] },
  });
  const last = record('r-aaaaaaaaaaaa', { verdict: 'failed' });
  expect(sinceLast(last, verdict(['a', 'b'], 'failed'), verdict(['b', 'c'], 'passed'))).toEqual({
    run: 'r-aaaaaaaaaaaa',
    verdict: 'failed',
    fixed: ['removed-field at $.a of cart', 'pay: failed'],
    added: ['removed-field at $.c of cart'],
    remaining: 1,
  });
});

describe('the store of runs', () => {
  let place: Scratch;
  let folder: string;
  beforeEach(() => {
    place = scratch();
    folder = join(place.root, 'runs');
  });
  afterEach(() => place.remove());

  test('a run that its host did not finish is an error for the next host', async () => {
    const run = mintRunId();
    await (await openRunStore(folder, noLog)).put(record(run, { state: 'running', verdict: null }));
    const found = await (await openRunStore(folder, noLog)).read(run);
    expect(found).toMatchObject({ state: 'error', error: { code: 'host-gone' } });
  });

  test('the last 200 are kept, and none older than 30 days', async () => {
    const store = await openRunStore(folder, noLog);
    const old = mintRunId();
    await store.put(record(old, { startedAt: '2020-01-01T00:00:00.000Z' }));
    expect(await store.read(old)).toBeNull();
    const runs = Array.from({ length: 205 }, mintRunId);
    for (const [index, run] of runs.entries()) {
      await store.put(
        record(run, { startedAt: new Date(Date.now() - 300_000 + index * 1000).toISOString() }),
      );
    }
    expect((await store.list()).map(({ run }) => run)).toEqual(runs.slice(5));
    expect(readdirSync(folder)).toHaveLength(200);
  });

  test('broken and foreign files hide no other run, and no id leads out of the folder', async () => {
    const store = await openRunStore(folder, noLog);
    const good = mintRunId();
    await store.put(record(good));
    for (const text of ['{', '{}', '[]', JSON.stringify(record('r-bbbbbbbbbbbb'))]) {
      const run = mintRunId();
      mkdirSync(join(folder, run));
      writeFileSync(join(folder, run, 'run.json'), text);
    }
    expect((await store.list()).map(({ run }) => run)).toEqual([good]);
    expect(await store.read(`../runs/${good}`)).toBeNull();
    expect(await store.readVerdict('..')).toBeNull();
  });
});
