import type { KubeApi } from '../../../src/kube/api.ts';
import { openKube } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/connect.ts';
import type { Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { noLog } from '../../../src/log.ts';
import { createEnrolment, type Enrolment } from '../../../src/operator/enrolment/enrolment.ts';
import type { ReadyRouter } from '../../../src/operator/enrolment/routers.ts';
import { routesOf } from '../../../src/operator/enrolment/routes.ts';
import { labels } from '../../../src/sandbox/cluster-names.ts';
import type { Cluster } from '../support/cluster.ts';

/**
 * Enrolment against a real API, with routers that say they have loaded whatever the shadows ask for: what becomes of
 * the user's objects does not depend on them.
 */
export interface Bench {
  readonly kube: KubeClient;
  readonly enrolment: Enrolment;
  /** Another controller, whose process is killed after so many writes. */
  mortal(writes: number): Enrolment;
  /** How many routers are ready from now on. */
  setRouters(count: number): void;
  /** How many connections callers hold to each port from now on. */
  setConnections(count: number): void;
  service(namespace: string, name: string): Promise<Service>;
  /** Looks until nothing moves any more; drains are not waited for. */
  settle(namespace: string): Promise<void>;
}

export function openBench(cluster: Cluster, systemNamespace: string): Bench {
  const kube = openKube({ kubeconfig: { file: cluster.kubeconfig }, userAgent: 'seatrial-test/1' });
  const signal = AbortSignal.timeout(600_000);
  let count = 1;
  let connections = 0;
  const routers = async (): Promise<readonly ReadyRouter[]> => {
    const { items } = await kube.list<Service>(
      resources.services,
      { labelSelector: `${labels.role}=shadow` },
      signal,
    );
    const enrolled = items.flatMap((shadow) =>
      routesOf(shadow).map((route) => ({
        ...route,
        service: shadow.metadata.labels?.[labels.service] ?? '',
        baseline: `${shadow.spec.clusterIP}:${route.port}`,
        connections,
        reachable: true,
      })),
    );
    return Array.from({ length: count }, (_, index) => ({ pod: `router-${index}`, enrolled }));
  };
  const enrolmentOf = (api: KubeApi) =>
    createEnrolment({
      kube: api,
      log: noLog,
      systemNamespace,
      // No pod of it is ever needed.
      image: 'seatrial.invalid/none:0',
      namespaces: null,
      routers,
    });
  const enrolment = enrolmentOf(kube);
  return {
    kube,
    enrolment,
    mortal: (writes) => enrolmentOf(dying(kube, writes)),
    setRouters(given) {
      count = given;
    },
    setConnections(given) {
      connections = given;
    },
    async service(namespace, name) {
      const found = await kube.get<Service>({ resource: resources.services, namespace, name }, signal);
      if (found === null) throw new Error(`no Service ${name}`);
      return found;
    },
    async settle(namespace) {
      for (let pass = 0; pass < 20; pass++) {
        const { again } = await enrolment.reconcile(namespace, signal);
        if (again === null || again > 150) return;
      }
      throw new Error('it never settles');
    },
  };
}

/** Takes so many writes, and fails all that comes after them: as a killed process, it does nothing more. */
function dying(kube: KubeClient, writes: number): KubeApi {
  let left = writes;
  const live = () => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  };
  return Object.assign(Object.create(kube) as KubeApi, {
    create: async (...args: Parameters<KubeApi['create']>) => {
      live();
      return kube.create(...args);
    },
    patch: async (...args: Parameters<KubeApi['patch']>) => {
      live();
      return kube.patch(...args);
    },
    delete: async (...args: Parameters<KubeApi['delete']>) => {
      live();
      return kube.delete(...args);
    },
  });
}
