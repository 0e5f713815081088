import type { KubeApi, KubeError } from '../../kube/api.ts';
import { missingRight, Refusals, rightText } from '../../kube/forbidden.ts';
import { type Informer, startInformer } from '../../kube/informer.ts';
import type { ConfigMap, KubeObject, Pod, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { installAgain } from '../agent-api.ts';
import type { RouterWorld } from './desired.ts';
import { deafText, Hearing, type HearingTimes } from './hearing.ts';

export interface FollowedWorld {
  /** All lists are in. */
  readonly synced: Promise<unknown>;
  /** Rejects when following came to an end that was not asked for. */
  readonly ended: Promise<unknown>;
  now(): RouterWorld;
  /** What makes what is known stale: a right that is missing, or no word of the API for long. */
  trouble(): string | null;
  readonly hearing: Pick<Hearing, 'deaf' | 'timesDeaf'>;
}

/** Follows what a router of the namespace needs to know, and nothing else. */
export function followWorld(
  options: {
    kube: KubeApi;
    namespace: string;
    log: Log;
    onChange: () => void;
    hearing?: HearingTimes | undefined;
  },
  signal: AbortSignal,
): FollowedWorld {
  const { kube, namespace, log, onChange } = options;
  const refusals = new Refusals();
  function follow<T extends KubeObject>(
    resource: (typeof resources)[keyof typeof resources],
    selector: { labelSelector?: string; fieldSelector?: string },
  ): Informer<T> {
    const onError = (error: KubeError) => {
      log.warn('watch-failed', { resource: resource.plural, error: error.message });
      refusals.note(null, error);
      if (refusals.of(namespace) !== null) onChange();
    };
    const informer = startInformer<T>(kube, resource, { namespace, ...selector, onError }, signal);
    informer.onChange(onChange);
    return informer;
  }
  const isShadow = { labelSelector: `${labels.role}=shadow` };
  const shadows = follow<Service>(resources.services, isShadow);
  const sandboxes = follow<SandboxResource>(resources.sandboxes, {});
  const pods = follow<Pod>(resources.pods, { labelSelector: labels.sandbox });
  const tombstones = follow<ConfigMap>(resources.configMaps, {
    fieldSelector: `metadata.name=${objectNames.tombstones}`,
  });
  const all = [shadows, sandboxes, pods, tombstones];
  // Which keys there are, and for which Services: all that can make a request one for the baseline. Where the others
  // are stale, it is led to a pod that is not there any more, and refused.
  const hearing = new Hearing(
    kube,
    [
      { resource: resources.sandboxes, options: { namespace }, informer: sandboxes },
      { resource: resources.services, options: { namespace, ...isShadow }, informer: shadows },
    ],
    () => {
      log.warn(hearing.deaf ? 'router-deaf' : 'router-hears-again', { namespace });
      onChange();
    },
    options.hearing,
  );
  const synced = Promise.all(all.map((informer) => informer.synced));
  synced.then(() => hearing.run(signal)).catch(() => {});
  return {
    synced,
    ended: Promise.all(all.map(({ ended }) => ended)),
    trouble: () => {
      const right = missingRight(refusals.of(namespace));
      if (right !== null) return `may not ${rightText(right)}: ${installAgain}`;
      return hearing.deaf ? deafText : null;
    },
    hearing,
    now: () => ({
      shadows: shadows.list(),
      sandboxes: sandboxes.list(),
      pods: pods.list(),
      tombstones: tombstones.get(namespace, objectNames.tombstones),
    }),
  };
}
