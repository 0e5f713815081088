import { KubeError } from '../../kube/api.ts';
import type { Made } from './facts.ts';
import { forbidden } from './forbidden.ts';
import type { Subject, World } from './world.ts';

const lines = 20;
const longestLine = 500;

/** The last log lines of a fork that failed, read once for each life of its container. Untrusted text. */
export async function logTailOf(
  world: World,
  { namespace, memory }: Subject,
  { view, container }: Made,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { state, pod, restarts } = view;
  const from = placeOf(state, container, restarts);
  if (from === null || pod === null) return [];
  const life = `${pod.metadata.uid}/${from.container}/${restarts}`;
  const known = memory.logs.get(life);
  if (known !== undefined) return known;
  const place = { container: from.container, tail: lines };
  const read = async (previous: boolean) =>
    world.kube.logs({ namespace, name: pod.metadata.name }, { ...place, previous }, signal);
  try {
    const found = await read(from.previous);
    const tail = found.slice(-lines).map((line) => line.slice(0, longestLine));
    memory.logs.clear();
    memory.logs.set(life, tail);
    return tail;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // The container is gone, or a right is missing: the failure is known without.
    world.log.debug('no log', { namespace, container, error: error.message });
    const missing = forbidden(error);
    return missing === null ? [] : [`(${missing.message} ${missing.next})`];
  }
}

/** One that runs and has failed all the same does not answer, or has ended before. */
function placeOf(state: Made['view']['state'], container: string, restarts: number) {
  if (state.kind === 'failed') return state.log;
  return state.kind === 'running' ? { container, previous: restarts > 0 } : null;
}
