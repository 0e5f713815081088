import { openChannel } from '../../../src/cluster/channel.ts';
import { createClusterEngine } from '../../../src/cluster/engine.ts';
import type { ServiceConfig } from '../../../src/config/config.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { noLog } from '../../../src/log.ts';
import type { Engine } from '../../../src/sandbox/engine.ts';

/** The commit that Deployments of tests say they were built from. */
export const baselineCommit = 'c0ffee0000000000000000000000000000000000';

/** A service of seatrial.yaml that says no more than its name. */
export function serviceOf(name: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name,
    paths: [`${name}/**`],
    command: null,
    cwd: '.',
    setup: null,
    link: [],
    ready: { kind: 'tcp' },
    readySeconds: 30,
    stopSeconds: 5,
    env: {},
    shared: false,
    workload: null,
    container: null,
    sharedEffects: null,
    observe: true,
    ...more,
  };
}

/** The product's Engine on a namespace, as the host opens it. */
export function openEngine(
  kube: KubeApi,
  namespace: string,
  config: { readonly services: readonly ServiceConfig[]; readonly maxSandboxes: number },
  signal: AbortSignal,
): Promise<Engine> {
  const services = Object.fromEntries(config.services.map((service) => [service.name, service]));
  return createClusterEngine(
    {
      kube,
      channel: openChannel({ kube, namespace, log: noLog }),
      context: 'test',
      namespace,
      baseline: { commit: baselineCommit, from: 'HEAD', assumed: true },
      config: () => ({ services, maxSandboxes: config.maxSandboxes }),
      services: () => services,
      machine: 'test',
      log: noLog,
    },
    signal,
  );
}
