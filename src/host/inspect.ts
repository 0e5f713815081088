import { SeatrialError } from '../errors.ts';
import { adoptFor } from './adopt.ts';
import type { InspectArgs, InspectView, SandboxInspection } from './api.ts';
import type { HostContext } from './context.ts';
import { runEntry } from './runs/run.ts';
import type { Held } from './sandboxes.ts';
import type { HostCall } from './server.ts';
import { viewSandbox } from './view.ts';

const noReceipt = { complete: false, counts: [], hops: [] } as const;
const hopsShown = 50;
const linesShown = 40;

/** What my sandboxes are doing: state, receipts, and on demand hops, runs and log tails. */
export async function inspect(host: HostContext, args: InspectArgs, call: HostCall): Promise<InspectView> {
  const owner = await host.trees.owner(args.workingTree, call);
  await adoptFor(host, args.workingTree, call);
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
  const query = { side, hops: args.hops === true ? hopsShown : 0 };
  const receipt = await engine.receipts(query, call.signal).catch((error: unknown) => {
    // A namespace that is just being made ready has no gateway yet.
    if (error instanceof SeatrialError && error.code === 'gateway-unreachable') return noReceipt;
    throw error;
  });
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
