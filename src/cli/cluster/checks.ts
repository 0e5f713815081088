import { SeatrialError } from '../../errors.ts';
import { type KubeApi, KubeError } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { clusterName } from '../../operator/install/manifest.ts';
import { annotations, crdVersion, objectNames } from '../../sandbox/cluster-names.ts';
import { type ClusterCheck, controllersOf, permitted, type Target, wrong } from './check.ts';
import { enrolled } from './check-enrolled.ts';
import { accountRights, controller, roles } from './check-installation.ts';
import { gateway, router } from './check-namespace.ts';
import { missingRights } from './rights.ts';

/** One who takes connections and says nothing is not waited for longer. */
const answerSeconds = 10;
/** ValidatingAdmissionPolicy, native sidecars. */
const leastMinor = 30;

/** In the order in which things are needed. */
export const clusterChecks: readonly ClusterCheck[] = [
  { name: 'cluster', look: cluster, needs: [] },
  { name: 'rights', look: rights, needs: ['cluster'] },
  { name: 'CRD', look: crd, needs: ['cluster'] },
  { name: 'roles', look: roles, needs: ['cluster'] },
  { name: 'controller', look: controller, needs: ['cluster'] },
  { name: 'rights of the installation', look: accountRights, needs: ['cluster'] },
  { name: 'router', look: router, needs: ['cluster'] },
  { name: 'gateway', look: gateway, needs: ['cluster'] },
  { name: 'enrolled Services', look: enrolled, needs: ['gateway'] },
];

async function cluster({ kube, signal }: Target): Promise<string> {
  const version = await answered(kube, signal);
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor < leastMinor) {
    throw wrong(
      `Kubernetes ${version} at ${kube.server} is older than 1.${leastMinor}.`,
      'Upgrade the cluster.',
    );
  }
  return `${version} at ${kube.server}, as ${await kube.whoAmI(signal)}`;
}

async function answered(kube: KubeApi, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(answerSeconds * 1000);
  try {
    return await kube.version(AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    throw new SeatrialError('cluster-unreachable', {
      what: `${kube.server} takes connections, and gave no answer within ${answerSeconds} s.`,
      next: 'See whether kubectl get nodes works with the same context, and call again.',
    });
  }
}

async function rights(target: Target): Promise<string> {
  const { kube, namespace, signal } = target;
  const missing = await missingRights(kube, namespace, signal);
  if (missing.length === 0) return `all that sandboxes need in ${namespace}`;
  const controllers = await controllersOf(target);
  const system = controllers?.serving?.metadata.namespace ?? objectNames.systemNamespace;
  const role = `--clusterrole=${clusterName(system, 'agent')} ${subject(await kube.whoAmI(signal))}`;
  throw new SeatrialError('missing-right', {
    what: `Missing: ${missing.join('; ')}.`,
    next: `Have an administrator bind the agent Role: kubectl -n ${namespace} create rolebinding seatrial-agent ${role}.`,
  });
}

/** As `kubectl create rolebinding` names who is meant. */
function subject(user: string): string {
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user) ?? [];
  return account === undefined ? `--user=${JSON.stringify(user)}` : `--serviceaccount=${account}`;
}

async function crd({ kube, namespace, signal }: Target): Promise<string> {
  const absent = () => wrong('The Sandbox resource is not installed.', 'Run seatrial install.');
  const ref = { resource: resources.customResourceDefinitions, name: 'sandboxes.seatrial.dev' };
  const read = await permitted(async () => ({ found: await kube.get(ref, signal) }));
  if (read === null) {
    try {
      await kube.list(resources.sandboxes, { namespace }, signal);
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) throw absent();
      throw error;
    }
    return 'there; its version may not be read';
  }
  if (read.found === null) throw absent();
  const version = Number(read.found.metadata.annotations?.[annotations.crdVersion] ?? 0);
  if (version < crdVersion) {
    throw wrong(
      `The Sandbox resource has version ${version}, and ${crdVersion} is needed.`,
      'Run seatrial install, with an image of this version.',
    );
  }
  return `version ${version}`;
}
