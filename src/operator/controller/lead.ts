import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../kube/api.ts';
import { missingRight, Refusals } from '../../kube/forbidden.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../metrics.ts';
import type { AgentClient } from './agent-client.ts';
import { Baselines } from './baselines.ts';
import type { CrdWatch } from './crd.ts';
import { Enrolling, type EnrolmentPort } from './enrolling.ts';
import { createEventSink } from './events.ts';
import { guardWrites } from './guarded-kube.ts';
import type { OnFollowError } from './informers.ts';
import type { Leadership } from './leader.ts';
import { type Memory, newMemory } from './memory.ts';
import { routerReady, routerServes, startOurStores } from './our-stores.ts';
import { pass, passBlind } from './pass.ts';
import { WorkQueue } from './queue.ts';
import { RouteFollower } from './route-follower.ts';
import { runSweeps } from './sweep.ts';
import type { World } from './world.ts';

export interface LeadOptions {
  readonly kube: KubeApi;
  readonly systemNamespace: string;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly identity: string;
  readonly createEnrolment: (kube: KubeApi) => EnrolmentPort;
  readonly agents: AgentClient;
  readonly crd: CrdWatch;
  readonly metrics: Metrics;
  readonly log: Log;
}

const workers = 16;
/** What follows the API has its first list within this time, or something keeps it from it. */
const syncWithinMs = 2_000;

/** What the leader does until its signal aborts: follows the cluster and has a pass over each sandbox that changed. */
export async function lead(options: LeadOptions, leadership: Leadership, signal: AbortSignal): Promise<void> {
  const { log, metrics, agents, namespaces, identity } = options;
  const kube = guardWrites(options.kube, leadership.held, ({ verb, resource, subresource }) =>
    metrics.count('seatrial_api_writes_total', { verb, resource, subresource: subresource ?? '' }),
  );
  const memories = new Map<string, Memory>();
  const memoryOf = (key: string): Memory => {
    const known = memories.get(key) ?? newMemory();
    memories.set(key, known);
    return known;
  };
  const refusals = new Refusals();
  const onError: OnFollowError = (resource, error, namespace) => {
    if (missingRight(error) !== null) {
      refusals.note(namespace, error);
      lookAtAll(namespace);
    }
    log.warn('cannot follow', { resource: resource.plural, reason: error.reason, error: error.message });
  };
  const lookAtAll = (namespace: string | null) => {
    for (const { metadata } of stores.sandboxes.list(namespace))
      queue.add(`${metadata.namespace}/${metadata.name}`);
  };
  const queue: WorkQueue = new WorkQueue(
    {
      workers,
      work: async (key, passSignal) => {
        if (!stores.isSynced()) {
          const timer = new AbortController();
          const late = sleep(syncWithinMs, null, { signal: timer.signal }).catch(() => {});
          await Promise.race([stores.synced, late]).finally(() => timer.abort());
        }
        metrics.count('seatrial_passes_total');
        if (!stores.isSynced()) return passBlind(world, key, passSignal);
        return pass(world, key, passSignal);
      },
      onError: (key, error, failures) => {
        metrics.count('seatrial_pass_errors_total');
        log.warn('a pass failed', { sandbox: key, failures, error: String(error) });
      },
    },
    signal,
  );
  const stores = startOurStores(
    kube,
    namespaces,
    {
      sandbox: (namespace, name) => queue.add(`${namespace}/${name}`),
      sandboxGone: (last) => {
        memoryOf(`${last.metadata.namespace}/${last.metadata.name}`).last = last;
      },
      isOurs: ({ metadata }) => {
        const written = memories.get(`${metadata.namespace}/${metadata.name}`)?.written?.metadata;
        return written?.uid === metadata.uid && written?.resourceVersion === metadata.resourceVersion;
      },
      forkGone: (namespace, sandbox, fork) => memories.get(`${namespace}/${sandbox}`)?.made.delete(fork),
      routers: lookAtAll,
      onError,
    },
    signal,
  );
  const enrolment = options.createEnrolment(kube);
  const world: World = {
    kube,
    systemNamespace: options.systemNamespace,
    stores,
    refusals,
    crdProblem: options.crd.problem,
    baselines: new Baselines(kube, lookAtAll, onError, signal),
    enrolling: new Enrolling(
      enrolment,
      lookAtAll,
      (namespace, error) => log.warn('cannot enrol', { namespace, error: String(error) }),
      signal,
    ),
    follower: new RouteFollower(agents, (key, inMs) => queue.addAfter(key, inMs), signal),
    agents,
    events: createEventSink(kube, identity, signal),
    metrics,
    log,
    memoryOf,
    forget: (key) => memories.delete(key),
    routers: (namespace) =>
      stores.routers
        .list(namespace, (pod) => routerServes(pod) || routerReady(pod))
        .map((pod) => ({
          name: pod.metadata.name,
          uid: pod.metadata.uid ?? '',
          address: pod.status?.podIP ?? '',
          ready: routerReady(pod),
        })),
    routerStates: new RouteFollower(agents, lookAtAll, signal),
  };
  options.crd.onChange(() => {
    if (!signal.aborted) lookAtAll(null);
  });
  metrics.gauge('seatrial_queue_depth', () => [{ value: queue.depth }]);
  metrics.gauge('seatrial_sandboxes', () => {
    const phases = stores.sandboxes.list(null).map(({ status }) => status?.phase ?? 'New');
    return [...Map.groupBy(phases, (phase) => phase)].map(([phase, all]) => ({
      labels: { phase },
      value: all.length,
    }));
  });
  await Promise.all([
    queue.ended(),
    stores.synced.then(() => runSweeps(world, (key) => queue.add(key), signal)).catch(ignoreAbort(signal)),
    enrolment.run(signal).catch(ignoreAbort(signal)),
  ]);
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
