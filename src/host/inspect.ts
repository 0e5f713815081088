import type { InspectArgs, InspectView, SandboxInspection } from './api.ts';
import type { HostContext } from './context.ts';
import { runEntry } from './runs/run.ts';
import type { Held } from './sandboxes.ts';
import type { HostCall } from './server.ts';
import { viewSandbox } from './view.ts';

const hopsShown = 50;
const linesShown = 40;

/** What my sandboxes are doing: state, receipts, and on demand hops, runs and log tails. */
export async function inspect(host: HostContext, args: InspectArgs, call: HostCall): Promise<InspectView> {
  const owner = await host.trees.owner(args.workingTree, call);
  const which =
    args.sandbox === undefined ? host.sandboxes.mine(owner) : [host.sandboxes.require(args.sandbox, owner)];
  return { sandboxes: await Promise.all(which.map((held) => inspectOne(host, held, args, call))) };
}

async function inspectOne(
  host: HostContext,
  held: Held,
  args: InspectArgs,
  call: HostCall,
): Promise<SandboxInspection> {
  const { engine } = held.entry;
  const { latest } = held;
  const side = { kind: 'sandbox', name: held.name } as const;
  const receipt = await engine.receipts({ side, hops: args.hops === true ? hopsShown : 0 }, call.signal);
  const logs: Record<string, readonly string[]> = {};
  if (args.logs === true) {
    for (const { service } of latest.forks) {
      logs[service] = await engine.logs(held.name, service, linesShown, call.signal);
    }
  }
  return {
    view: await viewSandbox(held.entry, latest, { unmapped: [], warnings: [] }, call.signal),
    receipt: { complete: receipt.complete, counts: receipt.counts },
    hops: receipt.hops,
    runs: args.runs === true ? (await host.runs.ofSandbox(held.name, held.owner)).map(runEntry) : [],
    logs,
  };
}
