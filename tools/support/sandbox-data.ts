import type { SandboxInspection, SandboxView } from '../../src/host/api.ts';
import { bytes, within } from '../../src/report/bounds.ts';
import type { ForkStatus, Revision } from '../../src/sandbox/sandbox.ts';

/** Bytes of each part as JSON, and of all sandboxes of a result together: the first is always shown. */
const most = { forks: 4000, counts: 1000, hops: 2500, runs: 1500, logs: 4000, all: 14_000 };
/** Characters of what a service or a tool of the user wrote. */
const mostLine = 200;
const mostMessage = 600;

/** A sandbox as results show it, in both tools that do. */
export function sandboxData(view: SandboxView) {
  const { sandbox } = view;
  const forks = within(sandbox.forks, most.forks, forkData);
  return {
    sandbox: sandbox.name,
    state: sandbox.state,
    key: sandbox.routingKey,
    headers: { ...view.headers },
    urls: { ...view.urls },
    forks: [...forks.kept],
    ...(forks.left === 0 ? {} : { forks_left_out: forks.left }),
    baseline: { ...sandbox.baseline },
    expires_at: sandbox.expiresAt,
    generation: sandbox.generation,
    timings_ms: { ...sandbox.timings },
    reason: sandbox.reason === null ? null : { ...sandbox.reason },
    unmapped: view.unmapped.slice(0, 20),
    warnings: [...view.warnings],
  };
}

/** Those of an inspection that fit; the rest by name. */
export function inspectedData(inspections: readonly SandboxInspection[]) {
  const all = inspections.map((one) => ({ ...sandboxData(one.view), ...inspectionData(one) }));
  const [first, ...rest] = all;
  if (first === undefined) return { sandboxes: [] };
  const room = most.all - bytes(JSON.stringify(first));
  const { kept } = within(rest, room, (one) => one);
  const sandboxes = [first, ...kept];
  const left = all.slice(sandboxes.length).map(({ sandbox, state }) => ({ sandbox, state }));
  return left.length === 0 ? { sandboxes } : { sandboxes, not_shown: left };
}

/** The newest hops, runs and lines are the ones that are kept. */
function inspectionData({ receipt, hops, runs, logs }: SandboxInspection) {
  const services = Object.entries(logs);
  return {
    receipt: {
      complete: receipt.complete,
      counts: [...within(totals(receipt.counts), most.counts, (count) => count).kept],
    },
    hops: within(hops.toReversed(), most.hops, (hop) => ({ ...hop })).kept.toReversed(),
    runs: [...within(runs, most.runs, (run) => ({ ...run })).kept],
    logs_untrusted: Object.fromEntries(
      services.map(([service, lines]) => [service, lastLines(lines, most.logs / services.length)]),
    ),
  };
}

/** Counts by service and destination: by request they are in the run's report. */
function totals(counts: SandboxInspection['receipt']['counts']) {
  const sums = new Map<string, { service: string; destination: string; count: number; failed: number }>();
  for (const { service, destination, count, failed = 0 } of counts) {
    const key = `${service} ${destination}`;
    const before = sums.get(key) ?? { count: 0, failed: 0 };
    sums.set(key, { service, destination, count: before.count + count, failed: before.failed + failed });
  }
  return [...sums.values()].map(({ failed, ...sum }) => (failed === 0 ? sum : { ...sum, failed }));
}

function forkData(fork: ForkStatus) {
  return {
    service: fork.service,
    revision: revisionText(fork.revision),
    ready: fork.ready,
    restarts: fork.restarts,
    ...(fork.reason === null ? {} : { reason: fork.reason }),
    ...(fork.message === null ? {} : { message: fork.message.slice(0, mostMessage) }),
    ...(fork.exit === null ? {} : { exit: { ...fork.exit } }),
    ...(fork.logTail.length === 0 ? {} : { log_untrusted: lastLines(fork.logTail, 2000) }),
  };
}

function lastLines(lines: readonly string[], mostBytes: number): string[] {
  const newest = lines.slice(-20).toReversed();
  return within(newest, mostBytes, (line) => line.slice(0, mostLine)).kept.toReversed();
}

function revisionText(revision: Revision): string {
  if (revision.kind === 'tree') return revision.tree;
  return revision.revision ?? revision.digest ?? `${revision.image} (names no revision)`;
}
