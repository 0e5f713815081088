import { SeatrialError } from '../errors.ts';
import { tooMany } from '../sandbox/errors.ts';
import { checkName } from '../sandbox/name.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { ForkSpec, Sandbox, SandboxSpec } from '../sandbox/sandbox.ts';
import { abortable } from '../util/abortable.ts';
import { adopt } from './adopt.ts';
import type { ChangeArg, ProvisionArgs, SandboxView } from './api.ts';
import { type Selection, selectForks } from './changes.ts';
import type { HostContext } from './context.ts';
import { defaultName } from './names.ts';
import type { Held } from './sandboxes.ts';
import type { HostCall } from './server.ts';
import type { Tree } from './trees.ts';
import { viewSandbox } from './view.ts';

/**
 * Makes a sandbox, or brings the one of that name up to date with the working tree. The same call again changes
 * nothing and waits again. A sandbox that failed is a result, not an error. Cancelled before its name's turn came, it
 * makes no sandbox; from there on it goes on without its client.
 */
export async function provision(
  host: HostContext,
  args: ProvisionArgs,
  call: HostCall,
): Promise<SandboxView> {
  const tree = await host.trees.open(args.workingTree, call);
  await adopt(host, tree, call);
  const name = await nameOf(host, args, tree, call);
  // The turn ends with the work: whoever waits with us for `ready` waits side by side.
  const work = host.turns.take(name, () =>
    // A client that leaves ends its wait only: half a sandbox helps nobody, and its name may be called again.
    provisionNamed(host, name, args, tree, { ...call, signal: new AbortController().signal }),
  );
  const { held, selection, warnings } = await abortable(work, call.signal);
  const sandbox = await waitWhileProvisioning(held, args.waitSeconds, call);
  const more = { unmapped: selection.unmapped, warnings: [...selection.warnings, ...warnings] };
  return await viewSandbox(held.entry, sandbox, more, call.signal);
}

interface Provisioned {
  readonly held: Held;
  readonly selection: Selection;
  readonly warnings: readonly string[];
}

async function provisionNamed(
  host: HostContext,
  name: string,
  args: ProvisionArgs,
  tree: Tree,
  call: HostCall,
): Promise<Provisioned> {
  const found = host.sandboxes.find(name);
  if (found !== null && !sameOwner(found.owner, tree.owner)) host.sandboxes.require(name, tree.owner);
  return found !== null && found.latest.state !== 'gone'
    ? await updateHeld(found, args, tree, call)
    : await provisionNew(host, name, args, tree, call);
}

async function provisionNew(
  host: HostContext,
  name: string,
  args: ProvisionArgs,
  tree: Tree,
  call: HostCall,
): Promise<Provisioned> {
  const resolved = await tree.repository.baselineCommit(tree.config.baseline.ref, call.signal);
  const asked = args.changes ?? null;
  // Before the baseline starts: a call that is refused should cost nothing.
  const selection = await selectForks(tree, resolved.tree, asked, null, call.signal);
  refuseTooMany(host, tree);
  const { entry, release } = await host.engines.use(resolved, tree, call);
  try {
    const spec: SandboxSpec = {
      name,
      owner: tree.owner,
      leaseSeconds: args.leaseSeconds ?? tree.config.leaseSeconds,
      forks: selection.forks,
    };
    call.progress({ message: `Starting ${spec.forks.map(({ service }) => service).join(', ')}`, done: 0 });
    const latest = await entry.engine.provision(spec, call.signal);
    const held: Held = {
      name,
      owner: tree.owner,
      entry,
      asked: pinned(asked, spec.forks),
      forks: spec.forks,
      settings: settingsOf(tree),
      latest,
    };
    host.sandboxes.hold(held, release);
    return { held, selection, warnings: [] };
  } catch (error) {
    release();
    throw error;
  }
}

async function updateHeld(held: Held, args: ProvisionArgs, tree: Tree, call: HostCall): Promise<Provisioned> {
  const { engine, baselineTree, services } = held.entry;
  const asked = args.changes ?? held.asked;
  const selection = await selectForks(tree, baselineTree, asked, services, call.signal);
  const leaseSeconds = args.leaseSeconds ?? null;
  let latest = await engine.renew(held.name, leaseSeconds, call.signal);
  const settings = settingsOf(tree);
  const same =
    JSON.stringify(held.forks) === JSON.stringify(selection.forks) &&
    (held.settings === null || held.settings === settings);
  if (latest.state === 'failed' || !same) {
    latest = await engine.update(held.name, selection.forks, call.signal);
    held.forks = selection.forks;
  }
  held.settings = settings;
  held.asked = pinned(asked, selection.forks);
  held.latest = latest;
  return { held, selection, warnings: await movedBaseline(held, tree, call) };
}

/** What seatrial.yaml says of services for a cluster: a sandbox there carries it beside its forks. */
function settingsOf({ config }: Tree): string {
  return JSON.stringify(
    Object.values(config.services).map(({ name, workload, container, sharedEffects, observe }) => [
      name,
      workload,
      container,
      sharedEffects,
      observe,
    ]),
  );
}

async function movedBaseline(held: Held, tree: Tree, call: HostCall): Promise<string[]> {
  const now = await tree.repository.baselineCommit(tree.config.baseline.ref, call.signal);
  const { commit } = held.entry.baseline;
  if (now.commit === commit) return [];
  return [
    `The baseline stays at ${commit.slice(0, 10)}, where this sandbox began; ${now.from} is ${now.commit.slice(0, 10)} by now. ` +
      'To compare with that, tear the sandbox down and provision again.',
  ];
}

async function nameOf(host: HostContext, args: ProvisionArgs, tree: Tree, call: HostCall): Promise<string> {
  if (args.sandbox !== undefined) {
    const name = checkName(args.sandbox);
    if (args.name !== undefined && args.name !== name) {
      throw new SeatrialError('invalid-argument', {
        what: '`name` and `sandbox` name different sandboxes.',
        next: 'Give `sandbox` to update an existing one, or `name` for a new one.',
      });
    }
    return host.sandboxes.require(name, tree.owner).name;
  }
  if (args.name !== undefined) return checkName(args.name);
  return defaultName(await tree.repository.branch(call.signal), tree.repository.root);
}

async function waitWhileProvisioning(held: Held, seconds: number, call: HostCall): Promise<Sandbox> {
  if (held.latest.state !== 'provisioning' || seconds === 0) return held.latest;
  const limit = AbortSignal.timeout(seconds * 1000);
  let latest = held.latest;
  try {
    for await (const sandbox of held.entry.engine.watch(held.name, AbortSignal.any([limit, call.signal]))) {
      latest = sandbox;
      if (sandbox.state !== 'provisioning') break;
      const ready = sandbox.forks.filter((fork) => fork.ready).length;
      const waiting = sandbox.forks.filter((fork) => !fork.ready);
      call.progress({
        message: waiting
          .map((fork) => `${fork.service}: ${fork.message ?? fork.reason ?? 'starting'}`)
          .join('; '),
        done: ready,
        total: sandbox.forks.length,
      });
    }
  } catch (error) {
    call.signal.throwIfAborted();
    if (!limit.aborted) throw error;
  }
  return latest;
}

function refuseTooMany(host: HostContext, tree: Tree): void {
  const mine = host.sandboxes.mine(tree.owner);
  if (mine.length < tree.config.maxSandboxes) return;
  throw tooMany(mine.map(({ name }) => name));
}

/** A revision stays the id that it was when it was given: the image does not change when a name moves on. */
function pinned(asked: readonly ChangeArg[] | null, forks: readonly ForkSpec[]): readonly ChangeArg[] | null {
  return (
    asked?.map((change) => {
      const revision = forks.find(({ service }) => service === change.service)?.revision;
      return revision?.kind === 'image' && revision.revision !== null
        ? { ...change, revision: revision.revision }
        : change;
    }) ?? null
  );
}
