import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../../src/kube/api.ts';
import { type Informer, startInformer } from '../../../src/kube/informer.ts';
import type { ConfigMap, Pod } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { RouterFork } from '../../../src/operator/agent-api.ts';
import type { AgentClient } from '../../../src/operator/controller/agent-client.ts';
import { labels } from '../../../src/sandbox/cluster-names.ts';

/** Agents that route to a fork when its pod is Ready, and have every tombstone that is in the list. */
export function stubAgents(kube: KubeApi, namespaces: readonly string[], signal: AbortSignal): AgentClient {
  const follow = <T extends Pod | ConfigMap>(resource: (typeof resources)[keyof typeof resources]) =>
    namespaces.map((namespace) => startInformer<T>(kube, resource, { namespace }, signal));
  const pods: readonly Informer<Pod>[] = follow<Pod>(resources.pods);
  const maps: readonly Informer<ConfigMap>[] = follow<ConfigMap>(resources.configMaps);
  let version = 1;
  for (const informer of pods) informer.onChange(() => version++);
  return {
    routes: async (_address, { sandbox, after, waitMs }, stop) => {
      const until = performance.now() + waitMs;
      while (after === version && performance.now() < until) await sleep(20, null, { signal: stop });
      const found = pods
        .flatMap((informer) => informer.list(({ metadata }) => metadata.labels?.[labels.sandbox] === sandbox))
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      return { version, loaded: true, forks: found.map(routeTo) };
    },
    tombstoneLoaded: async (_address, key) =>
      maps.some((informer) => informer.list(({ data = {} }) => key in data).length > 0),
    close: () => {},
  };
}

function routeTo({ metadata, status }: Pod): RouterFork {
  const ready = (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
  return {
    service: metadata.labels?.[labels.service] ?? '',
    state: ready ? 'routed' : 'refused',
    reason: ready ? null : 'fork-not-ready',
    instance: ready ? `${metadata.uid}/0` : null,
    canary: ready ? 'seen' : 'pending',
    message: ready ? null : 'its readiness probe says 503',
  };
}
