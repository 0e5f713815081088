import { z } from 'zod';
import type { SandboxInspection } from '../src/host/api.ts';
import { defineTool } from '../src/tool/tool.ts';
import { items, sandboxName } from './support/inputs.ts';
import { hostCall, type Services } from './support/services.ts';

/** Bounds of one result: about 2,000 tokens with all three extras on a usual sandbox. */
const most = { counts: 20, hops: 20, runs: 10, logLines: 20, logColumns: 200 };

export const inspectSandbox = defineTool({
  name: 'inspect_sandbox',
  title: 'Inspect sandboxes',
  description:
    'Shows state, forks and expiry of one sandbox or of all yours, and which requests reached the forks. ' +
    'Use it when a sandbox failed, a fork misbehaves, or a run says that it was not exercised. Changes nothing.',
  input: z.strictObject({
    sandbox: sandboxName.exactOptional().describe('Missing: all of yours'),
    logs: z.boolean().exactOptional().describe('Last log lines of the forks'),
    hops: z.boolean().exactOptional().describe('Last requests that the routers saw'),
    runs: z.boolean().exactOptional().describe('Runs, newest first'),
  }),
  risk: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({ sandboxes: items, next: z.string() }),
  handler: async (input, services: Services, call) => {
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const { sandboxes } = await host.inspect({ ...input, workingTree }, hostCall(call));
    const { inspectionText, nextOf } = await import('../src/report/sandbox.ts');
    const [only, ...others] = sandboxes;
    const next =
      only === undefined
        ? 'You have no sandbox. provision_sandbox starts one for your change.'
        : others.length === 0
          ? nextOf(only.view.sandbox)
          : 'inspect_sandbox { "sandbox": "…" } for one of them.';
    const { sandboxData } = await import('./support/sandbox-data.ts');
    return {
      text: inspectionText(sandboxes),
      data: {
        sandboxes: sandboxes.map((one) => ({ ...sandboxData(one.view), ...inspectionData(one) })),
        next,
      },
    };
  },
});

function inspectionData({ receipt, hops, runs, logs }: SandboxInspection) {
  return {
    receipt: { complete: receipt.complete, counts: totals(receipt.counts).slice(0, most.counts) },
    hops: hops.slice(-most.hops).map((hop) => ({ ...hop })),
    runs: runs.slice(0, most.runs).map((run) => ({ ...run })),
    logs_untrusted: Object.fromEntries(
      Object.entries(logs).map(([service, lines]) => [
        service,
        lines.slice(-most.logLines).map((line) => line.slice(0, most.logColumns)),
      ]),
    ),
  };
}

/** Counts by service and destination: by request they are in the run's report. */
function totals(counts: SandboxInspection['receipt']['counts']) {
  const sums = new Map<string, { service: string; destination: string; count: number }>();
  for (const { service, destination, count } of counts) {
    const key = `${service} ${destination}`;
    const before = sums.get(key)?.count ?? 0;
    sums.set(key, { service, destination, count: before + count });
  }
  return [...sums.values()];
}
