import type { ResourceForkStatus } from '../../sandbox/resource.ts';
import type { ForkView } from '../fork/fork-state.ts';

/**
 * A fork that ended by itself after it served has failed, and stays so until it is begun anew: the kubelet starts its
 * container again, but what runs then is not what answered before, and routers refuse it too.
 */
export function afterServing(
  view: ForkView,
  container: string,
  before: ResourceForkStatus | undefined,
): ForkView {
  const { pod, exit, restarts, state } = view;
  if (pod === null || exit === null || state.kind === 'failed') return view;
  if (before === undefined || before.podUID !== pod.metadata.uid) return view;
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  const down = status?.state?.terminated !== undefined;
  const ended = before.ready && (restarts > before.restarts || down);
  if (!ended && before.reason !== 'Exited') return view;
  const how = exit.outOfMemory
    ? 'ran out of memory and was killed'
    : `ended with exit code ${exit.exitCode ?? 'unknown'}`;
  return {
    ...view,
    state: {
      kind: 'failed',
      reason: 'Exited',
      message: `Container ${container} ${how} while it served.`,
      next: 'Read its last log lines, fix the code, and provision again.',
      log: { pod: pod.metadata.name, container, previous: !down },
    },
  };
}
