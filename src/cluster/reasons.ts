import type { Condition } from '../kube/objects.ts';
import { type ForkReasonWord, forkReasons } from '../sandbox/fork-reasons.ts';
import type { ResourceForkStatus } from '../sandbox/resource.ts';
import type { ForkReason } from '../sandbox/sandbox.ts';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly fork: ForkReason | null;
}

interface Shared {
  readonly code: string;
  readonly fork: ForkReason;
}

const exited: Shared = { code: 'service-exited', fork: 'exited' };
const notReady: Shared = { code: 'service-not-ready', fork: 'not-ready' };

/** The controller's reasons for which the engines share a code; the others are told by their own name in kebab-case. */
const shared: Readonly<Partial<Record<ForkReasonWord, Shared>>> = {
  Exited: exited,
  CrashLoop: exited,
  OOMKilled: exited,
  InitFailed: exited,
  Restarting: exited,
  NotReady: notReady,
  NeverReady: notReady,
  WrongPort: notReady,
};

/** Why a sandbox failed: what its fork says, else what the condition Ready says. */
export function reasonOf(fork: ResourceForkStatus | null, condition: Condition | null): Told {
  const name = fork?.reason ?? condition?.reason ?? 'Failed';
  const known = isWord(name) ? shared[name] : undefined;
  const service = fork === null ? '' : `${fork.service}: `;
  return {
    code: known?.code ?? kebab(name),
    message: `${service}${fork?.message ?? condition?.message ?? name}`,
    next:
      fork?.next ?? 'Mend what it says, and call provision_sandbox again; `kubectl describe sbx` tells more.',
    fork: known?.fork ?? (fork === null ? null : fork.exit === undefined ? 'unknown' : 'exited'),
  };
}

/** Waiting alone will not help. Refusals have words of their own. */
export function isFailure(reason: string): boolean {
  return !isWord(reason) || forkReasons[reason].failed;
}

function isWord(name: string): name is ForkReasonWord {
  return Object.hasOwn(forkReasons, name);
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
