import { SeatrialError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Pod, Service } from '../kube/objects.ts';
import { resources } from '../kube/resources.ts';
import { labels } from '../sandbox/cluster-names.ts';
import { asking } from './errors.ts';

interface Where {
  readonly kube: KubeApi;
  readonly context: string;
  readonly namespace: string;
}

/**
 * The last lines of one pod of the baseline, read with the rights of the kubeconfig's own user: our gateway gives the
 * logs of forks only. Rejects with `missing-right` for those who may not read them.
 */
export async function baselineLogs(
  where: Where,
  service: string,
  tail: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { kube, context, namespace } = where;
  const ask = <T>(verb: string, resource: string, work: Promise<T>) =>
    asking({ verb, group: '', resource, namespace, context, server: kube.server }, work);
  const services = await ask(
    'list',
    'services',
    kube.list<Service>(resources.services, { namespace }, signal),
  );
  // An enrolled Service selects routers; its shadow selects what it did before.
  const found =
    services.items.find(({ metadata }) => {
      const of = metadata.labels ?? {};
      return of[labels.role] === 'shadow' && of[labels.service] === service;
    }) ?? services.items.find(({ metadata }) => metadata.name === service);
  const selector = Object.entries(found?.spec.selector ?? {});
  if (selector.length === 0) throw noPods(namespace, service);
  const labelSelector = [...selector.map(([key, value]) => `${key}=${value}`), `!${labels.sandbox}`].join(
    ',',
  );
  const pods = await ask(
    'list',
    'pods',
    kube.list<Pod>(resources.pods, { namespace, labelSelector }, signal),
  );
  const pod = pods.items.toSorted((a, b) => readiness(b) - readiness(a))[0];
  if (pod === undefined) throw noPods(namespace, service);
  const container = pod.spec.containers[0]?.name;
  const options = { tail, ...(container === undefined ? {} : { container }) };
  return await ask('get', 'pods/log', kube.logs({ namespace, name: pod.metadata.name }, options, signal));
}

function readiness({ status }: Pod): number {
  return status?.conditions?.some(({ type, status: on }) => type === 'Ready' && on === 'True') ? 1 : 0;
}

function noPods(namespace: string, service: string): SeatrialError {
  return new SeatrialError('unknown-service', {
    what: `Service ${service} of namespace ${namespace} has no pods whose log could be read.`,
    next: `See \`kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${service}\`.`,
  });
}
