import { createHash } from 'node:crypto';
import { type Config, expectedChangesFile } from '../../config/config.ts';
import { SeatrialError } from '../../errors.ts';
import { findPlan } from '../../plan/find.ts';
import { loadPlans } from '../../plan/load.ts';
import type { Plan } from '../../plan/plan.ts';
import { requestSecrets, requestsSession } from '../../plan/requests.ts';
import { type PlannedRun, planSecrets, planSession } from '../../plan/session.ts';
import { sandboxNotReady } from '../../sandbox/errors.ts';
import type { RunPlanArgs, SmartDiffArgs } from '../api.ts';
import type { HostContext } from '../context.ts';
import type { Env } from '../env.ts';
import type { Held } from '../sandboxes.ts';
import type { Tree } from '../trees.ts';
import type { ExpectedFile } from './expected.ts';

/** What is to be run, pinned: the files that it came from may change while it runs. */
export interface Planned {
  readonly plan: Plan | null;
  readonly run: PlannedRun;
  readonly intermittent: boolean;
  /** Files of expected changes, from the root. */
  readonly expected: readonly ExpectedFile[];
}

export async function plannedRun(tree: Tree, args: RunPlanArgs, env: Env): Promise<Planned> {
  if (args.plan === undefined) throw missing('plan', 'Call list_plans and name one of them.');
  const plan = await planNamed(tree, args.plan);
  return ofPlan(tree, plan, args.params ?? {}, env, {});
}

export async function plannedDiff(tree: Tree, args: SmartDiffArgs, env: Env): Promise<Planned> {
  if ((args.plan === undefined) === (args.requests === undefined)) {
    throw missing('requests', 'Give either `requests` or `plan`.');
  }
  if (args.plan !== undefined) {
    const plan = await planNamed(tree, args.plan);
    return ofPlan(tree, plan, args.params ?? {}, env, args);
  }
  const secrets = secretValues(requestSecrets(args.requests, tree.config), tree.config, env);
  const run = requestsSession(args.requests, { config: tree.config, secrets });
  return planned(null, run, args);
}

function ofPlan(
  tree: Tree,
  plan: Plan,
  params: Readonly<Record<string, unknown>>,
  env: Env,
  diff: Partial<SmartDiffArgs>,
): Planned {
  const secrets = secretValues(planSecrets(plan), tree.config, env);
  const compareAll = diff.plan !== undefined;
  return planned(plan, planSession(plan, { params, secrets, compareAll }), diff);
}

function planned(plan: Plan | null, run: PlannedRun, diff: Partial<SmartDiffArgs>): Planned {
  const named = diff.expected === undefined ? run.expected : [diff.expected];
  const expected =
    named.length === 0
      ? [{ path: expectedChangesFile, required: false }]
      : named.map((path) => ({ path, required: true }));
  return { plan, run, intermittent: diff.intermittent ?? run.intermittent, expected };
}

async function planNamed(tree: Tree, name: string): Promise<Plan> {
  const { repository, config } = tree;
  return findPlan(await loadPlans({ root: repository.root, folder: config.plans, config }), name);
}

/** Only the named ones: no other variable of the caller gets near a run. */
function secretValues(names: readonly string[], config: Config, env: Env): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = env[config.secrets[name]?.env ?? ''];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The sandbox that a run goes to: the named one, or the only one of mine. Rejects where it cannot serve. */
export function sandboxFor(host: HostContext, tree: Tree, name: string | undefined): Held {
  const held = name === undefined ? onlyOne(host, tree) : host.sandboxes.require(name, tree.owner);
  const { state } = held.latest;
  if (state === 'ready' || state === 'expiring') return held;
  throw sandboxNotReady(held.latest);
}

function onlyOne(host: HostContext, tree: Tree): Held {
  const mine = host.sandboxes.mine(tree.owner);
  const [only] = mine;
  if (only !== undefined && mine.length === 1) return only;
  throw mine.length === 0
    ? new SeatrialError('unknown-sandbox', {
        what: 'You have no sandbox here.',
        next: 'Call provision_sandbox, then run again.',
      })
    : missing('sandbox', `Name one of yours: ${mine.map((held) => held.name).join(', ')}.`);
}

/**
 * Equal for calls that would do and see the same. The working tree is in it: a result from before an edit must not be
 * taken for one after it.
 */
export function joinKey(parts: {
  readonly tree: Tree;
  readonly workingTree: string;
  readonly held: Held | null;
  readonly planned: Planned;
  readonly target: 'sandbox' | 'baseline';
  readonly commit: string;
}): string {
  const { held, planned: what } = parts;
  const sandbox = held && [
    held.latest.routingKey,
    held.latest.generation,
    held.latest.forks.map(({ instance }) => instance),
  ];
  const { secrets: _, ...session } = what.run.session;
  const text = JSON.stringify([
    parts.tree.owner,
    parts.workingTree,
    parts.target,
    parts.commit,
    sandbox,
    what.plan?.hash ?? null,
    session,
    what.run.steps,
    what.run.pairs,
    what.expected,
    what.intermittent,
  ]);
  return createHash('sha256').update(text).digest('hex');
}

function missing(argument: string, next: string): SeatrialError {
  return new SeatrialError('invalid-argument', { what: `\`${argument}\` is missing or given twice.`, next });
}
