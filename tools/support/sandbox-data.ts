import { z } from 'zod';
import type { SandboxView } from '../../src/host/api.ts';
import type { ForkStatus, Revision } from '../../src/sandbox/sandbox.ts';
import { items } from './inputs.ts';
import { untrusted } from './untrusted.ts';

/** A sandbox as results show it, in both tools that do. */
export const sandboxShape = {
  sandbox: z.string(),
  state: z.enum(['provisioning', 'ready', 'failed', 'expiring', 'gone']),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  urls: z.record(z.string(), z.string()),
  forks: items,
  baseline: z.looseObject({ commit: z.string() }),
  expires_at: z.string(),
  reason: z.looseObject({}).nullable(),
  warnings: z.array(z.string()),
};

export function sandboxData(view: SandboxView) {
  const { sandbox } = view;
  return {
    sandbox: sandbox.name,
    state: sandbox.state,
    key: sandbox.routingKey,
    headers: { ...view.headers },
    urls: { ...view.urls },
    forks: sandbox.forks.map(forkData),
    baseline: { ...sandbox.baseline },
    expires_at: sandbox.expiresAt,
    generation: sandbox.generation,
    timings_ms: { ...sandbox.timings },
    reason: sandbox.reason === null ? null : { ...sandbox.reason },
    unmapped: view.unmapped.slice(0, 20),
    warnings: [...view.warnings],
  };
}

function forkData(fork: ForkStatus) {
  return {
    service: fork.service,
    revision: revisionText(fork.revision),
    ready: fork.ready,
    restarts: fork.restarts,
    ...(fork.reason === null ? {} : { reason: fork.reason }),
    ...(fork.message === null ? {} : { message: fork.message }),
    ...(fork.exit === null ? {} : { exit: { ...fork.exit } }),
    ...(fork.logTail.length === 0 ? {} : { log_untrusted: fork.logTail.slice(-20) }),
  };
}

export function revisionText(revision: Revision): string {
  if (revision.kind === 'tree') return revision.tree;
  return revision.revision ?? revision.digest ?? `${revision.image} (names no revision)`;
}

/** The same for reading: one line a fork and a URL. */
export function sandboxText(view: SandboxView): string {
  const { sandbox } = view;
  const lines = [
    `Sandbox ${sandbox.name}: ${sandbox.state}, until ${sandbox.expiresAt}.`,
    `Baseline: ${sandbox.baseline.commit.slice(0, 12)} (${sandbox.baseline.from}${sandbox.baseline.assumed ? ', assumed' : ''}).`,
  ];
  for (const fork of sandbox.forks) {
    const how = fork.ready ? 'ready' : (fork.reason ?? 'starting');
    const message = fork.message === null ? '' : `: ${fork.message}`;
    lines.push(`Fork ${fork.service} @ ${revisionText(fork.revision).slice(0, 12)}: ${how}${message}`);
    if (fork.logTail.length > 0) lines.push(untrusted(`log of ${fork.service}`, fork.logTail.slice(-20)));
  }
  for (const [service, url] of Object.entries(view.urls)) lines.push(`${service}: ${url}`);
  const headers = Object.entries(view.headers).map(([name, value]) => `${name}: ${value}`);
  if (headers.length > 0) lines.push(`Elsewhere, send the header ${headers.join(', ')}`);
  if (sandbox.reason !== null) lines.push(`${sandbox.reason.code}: ${sandbox.reason.message}`);
  if (view.unmapped.length > 0) {
    lines.push(
      `Changed, but of no service (runs will be inconclusive): ${view.unmapped.slice(0, 10).join(', ')}`,
    );
  }
  for (const warning of view.warnings) lines.push(`Warning: ${warning}`);
  return lines.join('\n');
}
