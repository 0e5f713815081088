import { collect } from '../../compare/collect.ts';
import { mapChange } from '../../config/change.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { sameOwner } from '../../sandbox/owner.ts';
import type { ForkStatus } from '../../sandbox/sandbox.ts';
import type { Evidence } from '../../verdict/evidence.ts';
import { judge } from '../../verdict/judge.ts';
import { baselineRules } from '../baseline-rules.ts';
import type { HostContext } from '../context.ts';
import type { Held } from '../sandboxes.ts';
import type { Tree } from '../trees.ts';
import { changedContracts, withDocuments } from './documents.ts';
import { readExpectedChanges } from './expected.ts';
import { readPolicy } from './policy.ts';
import type { Planned } from './prepare.ts';
import type { RunResult, RunWork } from './registry.ts';
import type { RunRecord } from './run.ts';
import { sinceLast } from './since-last.ts';
import { mergeStale, staleForks } from './stale.ts';

/** Carries a run out: gathers the evidence, has it judged, writes the report. Rejects where it could not be carried out. */
export async function executeRun(
  host: HostContext,
  tree: Tree,
  held: Held,
  planned: Planned,
  series: string,
  work: RunWork,
): Promise<RunResult> {
  const evidence = await gather(tree, held, planned, work);
  const verdict = judge(evidence);
  const last = await lastOf(host, tree, series, work.id);
  const since = last && sinceLast(last.record, last.verdict, verdict);
  const report = reportMarkdown({
    run: work.id,
    startedAt: work.startedAt,
    verdict,
    evidence,
    sinceLast: since,
    evidenceFile: 'evidence.json',
  });
  return {
    kind: 'judged',
    files: { evidence, verdict, report },
    record: { verdict: verdict.verdict, sinceLast: since },
  };
}

async function gather(
  tree: Tree,
  held: Held,
  planned: Planned,
  { id, signal, progress }: RunWork,
): Promise<Evidence> {
  const { engine, baselineTree } = held.entry;
  const { repository, config } = tree;
  progress('Looking at the change');
  // What runs in a cluster may be another commit by now than when it was last asked.
  await engine.services(signal);
  const { baseline } = engine;
  const before = await forksNow(held, signal);
  const expectedFiles = planned.expected.map(({ path }) => path);
  const staleBefore = await staleForks(tree, before, expectedFiles, signal);
  const now = await repository.workingTree(signal);
  const files = await repository.changedFiles(baselineTree, now, signal);
  // What the baseline runs by is pinned in its entry.
  const rules = { ...(await baselineRules(baselineTree, tree, signal)), services: held.entry.services };
  const trees = { now, baseline: baselineTree };
  const expectedChanges = await readExpectedChanges(repository, trees, planned.expected, signal);
  const policy = await readPolicy(repository, trees, signal);
  const { plan, run } = planned;
  const documented = await withDocuments(run.pairs, tree, baselineTree, signal);
  const changed = await changedContracts(tree, rules, trees, signal);
  const problems = [...documented.problems, ...changed.problems];
  const collected = await collect({
    engine,
    sandbox: held.name,
    session: run.session,
    steps: run.steps,
    pairs: documented.pairs,
    intermittent: planned.intermittent,
    repeats: run.repeats,
    seed: id,
    signal,
    progress,
  });
  progress('Judging');
  const after = await forksNow(held, signal);
  const staleAfter = await staleForks(tree, before, expectedFiles, signal);
  return {
    format: 1,
    sandbox: held.name,
    baseline,
    change: { files: mapChange(files, config, rules) },
    plan: plan && { name: plan.name, hash: plan.hash, covers: plan.covers.services },
    forks: { before, after, stale: mergeStale(staleBefore, staleAfter) },
    checks: collected.checks,
    passes: collected.passes,
    receipts: collected.receipts,
    expectedChanges,
    ...(policy === undefined ? {} : { policy }),
    ...(problems.length === 0 ? {} : { documentProblems: problems }),
    ...(changed.contracts.length === 0 ? {} : { contracts: changed.contracts }),
    unsent: collected.unsent,
    intermittent: planned.intermittent,
  };
}

/** As the engine sees them now; none where the sandbox is gone or about to be, or another one by now. */
async function forksNow(held: Held, signal: AbortSignal): Promise<readonly ForkStatus[]> {
  const all = await held.entry.engine.list(held.owner, signal);
  const found = all.find(({ routingKey }) => routingKey === held.latest.routingKey);
  // One whose end has begun may still have its forks.
  const ends = found?.state === 'expiring' && found.reason !== null;
  return found === undefined || found.state === 'gone' || ends ? [] : found.forks;
}

async function lastOf(host: HostContext, tree: Tree, series: string, run: string) {
  const all = await host.store.list();
  const same = (each: RunRecord) =>
    each.run !== run && each.series === series && each.state === 'done' && sameOwner(each.owner, tree.owner);
  const record = all.findLast(same);
  const verdict = record && (await host.store.readVerdict(record.run));
  return record && verdict ? { record, verdict } : null;
}
