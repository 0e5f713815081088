import { z } from 'zod';
import type { SandboxInspection } from '../src/host/api.ts';
import { defineTool } from '../src/tool/tool.ts';
import { items, sandboxName } from './support/inputs.ts';
import { sandboxData, sandboxText } from './support/sandbox-data.ts';
import { hostCall, type Services } from './support/services.ts';
import { untrusted } from './support/untrusted.ts';

/** Bounds of one result: about 2,000 tokens with all three extras on a usual sandbox. */
const most = { counts: 20, hops: 20, runs: 10, logLines: 30 };

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
    runs: z.boolean().exactOptional(),
  }),
  risk: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({ sandboxes: items, next: z.string() }),
  handler: async (input, services: Services, call) => {
    const host = await services.host(call.signal);
    const workingTree = await services.workingTree(call.signal);
    const { sandboxes } = await host.inspect({ ...input, workingTree }, hostCall(call));
    const next =
      sandboxes.length === 0
        ? 'You have no sandbox. provision_sandbox starts one for your change.'
        : 'run_plan { plan, sandbox } checks the change; teardown { sandbox } ends it.';
    const text = sandboxes.length === 0 ? [] : sandboxes.map((inspection) => inspectionText(inspection));
    return {
      text: [...text, `Next: ${next}`].join('\n\n'),
      data: { sandboxes: sandboxes.map(inspectionData), next },
    };
  },
});

function inspectionData(inspection: SandboxInspection) {
  const { receipt, hops, runs, logs } = inspection;
  return {
    ...sandboxData(inspection.view),
    receipt: { complete: receipt.complete, counts: totals(receipt.counts).slice(0, most.counts) },
    hops: hops.slice(-most.hops).map((hop) => ({ ...hop })),
    runs: runs.slice(0, most.runs).map((run) => ({ ...run })),
    logs_untrusted: Object.fromEntries(
      Object.entries(logs).map(([service, lines]) => [service, lines.slice(-most.logLines)]),
    ),
  };
}

function inspectionText(inspection: SandboxInspection): string {
  const { view, receipt, hops, runs, logs } = inspection;
  const lines = [sandboxText(view)];
  const counts = totals(receipt.counts).slice(0, most.counts);
  if (!receipt.complete) lines.push('The receipt is incomplete: counts were lost.');
  for (const { service, destination, count } of counts)
    lines.push(`Hops ${service} -> ${destination}: ${count}`);
  for (const hop of hops.slice(-most.hops)) {
    lines.push(
      `${hop.at} ${hop.service} -> ${hop.destination} ${hop.status ?? '-'} ${hop.refusal ?? ''}`.trimEnd(),
    );
  }
  for (const run of runs.slice(0, most.runs)) {
    lines.push(`Run ${run.run} (${run.plan ?? 'smart diff'}): ${run.verdict ?? run.state}, ${run.startedAt}`);
  }
  for (const [service, log] of Object.entries(logs)) {
    lines.push(untrusted(`log of ${service}`, log.slice(-most.logLines)));
  }
  return lines.join('\n');
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
