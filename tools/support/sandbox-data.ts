import type { SandboxView } from '../../src/host/api.ts';
import type { ForkStatus, Revision } from '../../src/sandbox/sandbox.ts';

/** A sandbox as results show it, in both tools that do. */
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

function revisionText(revision: Revision): string {
  if (revision.kind === 'tree') return revision.tree;
  return revision.revision ?? revision.digest ?? `${revision.image} (names no revision)`;
}
