import { openChannel } from '../../cluster/channel.ts';
import type { Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { noLog } from '../../log.ts';
import { isReady } from '../../operator/enrolment/routers.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import { listed, notAllowed, type Target, wrong } from './check.ts';
import { nextOf, trouble } from './pods.ts';

export function router(target: Target): Promise<string> {
  return pods(target, 'router');
}

/** Its pods, and whether the way to one of them is open, which is all that an agent needs. */
export async function gateway(target: Target): Promise<string> {
  const { kube, namespace, signal, version } = target;
  const found = await pods(target, 'gateway');
  const channel = openChannel({ kube, namespace, log: noLog });
  try {
    const theirs = await channel.version(signal);
    if (theirs.version !== version) {
      throw wrong(
        `What is installed is version ${theirs.version}, and this is ${version}.`,
        `Run seatrial install with an image of version ${version}, or use seatrial ${theirs.version}.`,
      );
    }
    return `${found}, reached, version ${version}`;
  } finally {
    await channel.close();
  }
}

async function pods(target: Target, role: 'router' | 'gateway'): Promise<string> {
  const { namespace } = target;
  const found = await listed<Pod>(target, resources.pods, `${labels.role}=${role}`, namespace);
  if (found === null) return notAllowed;
  if (found.length === 0) {
    throw wrong(
      `Namespace ${namespace} has no ${role}.`,
      `Mend the controller first, where it is not well; then run seatrial enroll --namespace ${namespace}.`,
    );
  }
  const ready = found.filter(isReady).length;
  if (ready > 0) return `${ready} of ${found.length} ready in ${namespace}`;
  const why = [...new Set(found.map(trouble))].join(' ');
  throw wrong(`No ${role} in ${namespace} is ready. ${why}`, nextOf(why, namespace));
}
