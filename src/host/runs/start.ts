import { createHash } from 'node:crypto';
import { tryOnBaseline } from '../../compare/try.ts';
import { adopt } from '../adopt.ts';
import type { RunPlanArgs, RunView, SmartDiffArgs } from '../api.ts';
import type { HostContext } from '../context.ts';
import type { HostCall } from '../server.ts';
import type { Tree } from '../trees.ts';
import { executeRun } from './execute.ts';
import { keepLease } from './keep-lease.ts';
import { joinKey, type Planned, plannedDiff, plannedRun, sandboxFor } from './prepare.ts';
import type { RunWork } from './registry.ts';

export async function runPlan(host: HostContext, args: RunPlanArgs, call: HostCall): Promise<RunView> {
  if (args.run !== undefined) return await again(host, args.run, args, call);
  const tree = await host.trees.open(args.workingTree, call);
  await adopt(host, tree, call);
  const planned = await plannedRun(tree, args, call.env);
  return args.target === 'baseline'
    ? await startTrial(host, tree, planned, args.waitSeconds, call)
    : await startRun(host, tree, planned, args, call);
}

export async function smartDiff(host: HostContext, args: SmartDiffArgs, call: HostCall): Promise<RunView> {
  if (args.run !== undefined) return await again(host, args.run, args, call);
  const tree = await host.trees.open(args.workingTree, call);
  await adopt(host, tree, call);
  return await startRun(host, tree, await plannedDiff(tree, args, call.env), args, call);
}

async function again(
  host: HostContext,
  run: string,
  args: { readonly workingTree: string; readonly waitSeconds: number },
  call: HostCall,
): Promise<RunView> {
  const owner = await host.trees.owner(args.workingTree, call);
  return await host.runs.again(run, owner, args.waitSeconds, call);
}

async function startRun(
  host: HostContext,
  tree: Tree,
  planned: Planned,
  args: { readonly sandbox?: string; readonly waitSeconds: number },
  call: HostCall,
): Promise<RunView> {
  const held = sandboxFor(host, tree, args.sandbox);
  const { commit } = held.entry.baseline;
  const workingTree = await tree.repository.workingTree(call.signal);
  const series = planned.plan === null ? `diff ${held.name} ${asked(planned)}` : `plan ${planned.plan.name}`;
  const revisions = held.latest.forks.map(({ service, revision }): [string, string] => [
    service,
    revision.kind === 'tree' ? revision.tree : (revision.revision ?? revision.image),
  ]);
  const job = {
    joinKey: joinKey({ tree, workingTree, held, planned, target: 'sandbox', commit }),
    record: {
      owner: tree.owner,
      sandbox: held.name,
      plan: planned.plan?.name ?? null,
      target: 'sandbox' as const,
      series,
      baselineCommit: commit,
      revisions: Object.fromEntries(revisions),
    },
    work: async (work: RunWork) => {
      // The sandbox may be torn down meanwhile; its baseline stays until the run has seen what it needs.
      const release = host.engines.hold(held.entry);
      const renewing = keepLease(held, work.signal);
      try {
        return await executeRun(host, tree, held, planned, series, work);
      } finally {
        renewing.end();
        release();
      }
    },
  };
  return await host.runs.run(job, args.waitSeconds, call);
}

/** The plan alone against the baseline: tells a plan's author whether it works at all. No verdict. */
async function startTrial(
  host: HostContext,
  tree: Tree,
  planned: Planned,
  waitSeconds: number,
  call: HostCall,
): Promise<RunView> {
  const resolved = await tree.repository.baselineCommit(tree.config.baseline.ref, call.signal);
  const workingTree = await tree.repository.workingTree(call.signal);
  const { commit } = resolved;
  const job = {
    joinKey: joinKey({ tree, workingTree, held: null, planned, target: 'baseline', commit }),
    record: {
      owner: tree.owner,
      sandbox: null,
      plan: planned.plan?.name ?? null,
      target: 'baseline' as const,
      series: `trial ${planned.plan?.name ?? ''}`,
      baselineCommit: commit,
      revisions: {},
    },
    work: async ({ id, signal, progress }: RunWork) => {
      const waiting = { signal, progress: ({ message }: { message: string }) => progress(message) };
      const { entry, release } = await host.engines.use(resolved, tree, waiting);
      try {
        const { session, steps } = planned.run;
        const trial = await tryOnBaseline({
          engine: entry.engine,
          session,
          steps,
          seed: id,
          signal,
          progress,
        });
        return { kind: 'trial' as const, record: { trial: [...trial] } };
      } finally {
        release();
      }
    },
  };
  return await host.runs.run(job, waitSeconds, call);
}

/** Other requests find other things: that these find nothing of them says nothing about a fix. */
function asked({ run }: Planned): string {
  const requests = run.session.requests.map(({ id, service, method, path }) => [id, service, method, path]);
  return createHash('sha256').update(JSON.stringify(requests)).digest('hex').slice(0, 16);
}
