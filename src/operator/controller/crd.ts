import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';
import { annotations, crdVersion } from '../../sandbox/cluster-names.ts';
import type { Problem } from './facts.ts';

const everyMs = 5_000;
const next = 'Run `seatrial install` with the version of the controller; it goes on by itself then.';

/** Why Sandboxes cannot be worked on; null where the CRD is as this program needs it. */
export function crdProblem(crd: KubeObject | null): Problem | null {
  if (crd === null || crd.metadata.deletionTimestamp !== undefined) {
    return {
      kind: 'refused',
      reason: 'CrdMissing',
      message: 'The Sandbox resource (CRD sandboxes.seatrial.dev) is not installed in the cluster.',
      next,
    };
  }
  const version = Number(crd.metadata.annotations?.[annotations.crdVersion] ?? 0);
  if (version >= crdVersion) return null;
  return {
    kind: 'refused',
    reason: 'CrdOlder',
    message: `The Sandbox resource of the cluster has version ${version}, and the controller needs ${crdVersion}: fields that it writes would be lost.`,
    next,
  };
}

export interface CrdWatch {
  /** As it was seen last. Where it may not be read, nothing is known against it. */
  problem(): Problem | null;
  /** Calls back whenever it changed from now on. */
  onChange(listener: () => void): void;
}

/** Looks at the CRD until the signal aborts. Resolves after the first look. */
export async function watchCrd(kube: Pick<KubeApi, 'get'>, log: Log, signal: AbortSignal): Promise<CrdWatch> {
  const ref = { resource: resources.customResourceDefinitions, name: 'sandboxes.seatrial.dev' };
  const listeners: (() => void)[] = [];
  let problem: Problem | null = null;
  async function look(): Promise<void> {
    try {
      const found = crdProblem(await kube.get(ref, signal));
      if (found?.message === problem?.message) return;
      problem = found;
      if (found === null) log.info('the CRD is as it should be', {});
      else log.error('the CRD is not as it should be', { message: found.message, next: found.next });
      for (const listener of listeners) listener();
    } catch (error) {
      if (!signal.aborted) log.warn('cannot look at the CRD', { error: String(error) });
    }
  }
  async function goOn(): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, null, { signal }).catch(() => {});
      if (!signal.aborted) await look();
    }
  }
  await look();
  void goOn();
  return { problem: () => problem, onChange: (listener) => void listeners.push(listener) };
}
