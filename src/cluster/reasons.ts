import type { Condition } from '../kube/objects.ts';
import type { ResourceForkStatus } from '../sandbox/resource.ts';
import type { ForkReason } from '../sandbox/sandbox.ts';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly fork: ForkReason | null;
}

/** The controller's reasons for which the engines share a code. Others are told by their own name in kebab-case. */
const shared: Readonly<Record<string, { readonly code: string; readonly fork: ForkReason }>> = {
  Exited: { code: 'service-exited', fork: 'exited' },
  CrashLoop: { code: 'service-exited', fork: 'exited' },
  CrashLoopBackOff: { code: 'service-exited', fork: 'exited' },
  OutOfMemory: { code: 'service-exited', fork: 'exited' },
  OOMKilled: { code: 'service-exited', fork: 'exited' },
  NotReady: { code: 'service-not-ready', fork: 'not-ready' },
  NotListening: { code: 'service-not-ready', fork: 'not-ready' },
};

/** Why a sandbox failed: what its fork says, else what the condition Ready says. */
export function reasonOf(fork: ResourceForkStatus | null, condition: Condition | null): Told {
  const name = fork?.reason ?? condition?.reason ?? 'Failed';
  const known = Object.hasOwn(shared, name) ? shared[name] : undefined;
  const exited = fork?.exit !== undefined && known === undefined;
  const service = fork === null ? '' : `${fork.service}: `;
  return {
    code: known?.code ?? kebab(name),
    message: `${service}${fork?.message ?? condition?.message ?? name}`,
    next:
      fork?.next ?? 'Mend what it says, and call provision_sandbox again; `kubectl describe sbx` tells more.',
    fork: known?.fork ?? (exited ? 'exited' : fork === null ? null : 'unknown'),
  };
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
