import { type Channel, openChannel } from '../../cluster/channel.ts';
import { SeatrialError } from '../../errors.ts';
import { KubeError, type Resource } from '../../kube/api.ts';
import type { Deployment, KubeObject, Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { noLog } from '../../log.ts';
import { isReady } from '../../operator/enrolment/routers.ts';
import { annotations, crdVersion, labels } from '../../sandbox/cluster-names.ts';
import { missingAccountRights } from './account-rights.ts';
import { sendCanary } from './canary.ts';
import type { Connection } from './connect.ts';
import { trouble } from './pods.ts';
import { missingRights } from './rights.ts';

export type ClusterCheck = readonly [name: string, look: (connection: Connection) => Promise<string>];

/** `agent`'s Role does not give it, and does not need to. */
const notAllowed = 'not checked: the user of the kubeconfig may not look';
/** ValidatingAdmissionPolicy, native sidecars. */
const leastMinor = 30;

export const clusterChecks: readonly ClusterCheck[] = [
  ['cluster', cluster],
  ['rights', rights],
  ['CRD', crd],
  ['controller', controller],
  ['rights of the installation', accountRights],
  ['router', (connection) => pods(connection, 'router')],
  ['gateway', (connection) => pods(connection, 'gateway')],
  ['enrolled Services', enrolled],
];

async function cluster({ kube, signal }: Connection): Promise<string> {
  const version = await kube.version(signal);
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor < leastMinor) {
    throw wrong(
      `Kubernetes ${version} at ${kube.server} is older than 1.${leastMinor}.`,
      'Upgrade the cluster.',
    );
  }
  return `${version} at ${kube.server}, as ${await kube.whoAmI(signal)}`;
}

async function rights({ kube, namespace, signal }: Connection): Promise<string> {
  const missing = await missingRights(kube, namespace, signal);
  if (missing.length === 0) return `all that sandboxes need in ${namespace}`;
  throw new SeatrialError('missing-right', {
    what: `Missing: ${missing.join('; ')}.`,
    next: `Have an administrator bind the agent Role: kubectl -n ${namespace} create rolebinding seatrial-agent --clusterrole=seatrial-system:agent --user=<you>.`,
  });
}

async function crd({ kube, namespace, signal }: Connection): Promise<string> {
  const install = 'Run seatrial install.';
  try {
    const ref = { resource: resources.customResourceDefinitions, name: 'sandboxes.seatrial.dev' };
    const found = await kube.get(ref, signal);
    if (found === null) throw wrong('The Sandbox resource is not installed.', install);
    const version = Number(found.metadata.annotations?.[annotations.crdVersion] ?? 0);
    if (version < crdVersion) {
      throw wrong(`The Sandbox resource has version ${version}, and ${crdVersion} is needed.`, install);
    }
    return `version ${version}`;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    await kube.list(resources.sandboxes, { namespace }, signal);
    return 'there; its version may not be read';
  }
}

async function controller(connection: Connection): Promise<string> {
  const found = await listed<Deployment>(connection, resources.deployments, `${labels.role}=controller`);
  if (found === null) return notAllowed;
  if (found.length === 0) throw wrong('No controller is installed.', 'Run seatrial install.');
  const ready = found.filter(({ status }) => (status?.readyReplicas ?? 0) > 0);
  const names = found.map(({ metadata }) => metadata.namespace ?? '').join(', ');
  if (ready.length === 0) {
    throw wrong(
      `No controller in ${names} is ready.`,
      `See kubectl -n ${names} describe pods, and run seatrial install again.`,
    );
  }
  return `${ready[0]?.status?.readyReplicas} ready in ${ready[0]?.metadata.namespace}`;
}

async function accountRights(connection: Connection): Promise<string> {
  const { kube, namespace, signal } = connection;
  const controllers = await listed<Deployment>(
    connection,
    resources.deployments,
    `${labels.role}=controller`,
  );
  if (controllers === null) return notAllowed;
  const missing = await missingAccountRights(kube, controllers, namespace, signal).catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 403) return null;
    throw error;
  });
  if (missing === null) return notAllowed;
  if (missing.length === 0) return `all that its rules give for ${namespace}`;
  throw new SeatrialError('missing-right', {
    what: `Missing: ${missing.join('; ')}.`,
    next: 'Run seatrial install again, with the same flags: it grants what is missing. docs/security.md says what each right is for.',
  });
}

async function pods(connection: Connection, role: 'router' | 'gateway'): Promise<string> {
  const { namespace } = connection;
  const found = await listed<Pod>(connection, resources.pods, `${labels.role}=${role}`, namespace);
  if (found === null) return notAllowed;
  const ready = found.filter(isReady).length;
  if (found.length === 0)
    throw wrong(`Namespace ${namespace} has no ${role}.`, `Run seatrial enroll -n ${namespace}.`);
  if (ready === 0) throw wrong(`No ${role} is ready. ${found.map(trouble).join(' ')}`, 'Mend what is named.');
  return `${ready} of ${found.length} ready in ${namespace}`;
}

/** Through the gateway, as an agent reaches them: so it also tells whether that way is open. */
async function enrolled({ kube, namespace, signal }: Connection): Promise<string> {
  const channel = openChannel({ kube, namespace, log: noLog });
  try {
    const services = (await channel.services(signal)).filter(({ enrolled }) => enrolled);
    if (services.length === 0) return `none yet in ${namespace}: the first sandbox enrols what it forks`;
    const troubles = await Promise.all(
      services.map(({ name, port }) => canaryOf(channel, name, port, signal)),
    );
    const failed = troubles.filter((text) => text !== null);
    if (failed.length > 0) {
      throw wrong(
        failed.join(' '),
        'See whether the Service’s pods and the routers are ready, and call again.',
      );
    }
    return `${services.map(({ name }) => name).join(', ')}: a canary passed the router of each`;
  } finally {
    await channel.close();
  }
}

async function canaryOf(
  channel: Channel,
  name: string,
  port: number | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (port === null) return null;
  const trouble = await sendCanary(channel, name, port, signal);
  return trouble === null ? null : `Service ${name}: ${trouble}.`;
}

/** Null where the user may not list them. */
async function listed<T extends KubeObject>(
  { kube, signal }: Connection,
  resource: Resource,
  labelSelector: string,
  namespace?: string,
): Promise<readonly T[] | null> {
  try {
    const where = namespace === undefined ? { labelSelector } : { labelSelector, namespace };
    return (await kube.list<T>(resource, where, signal)).items;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return null;
    throw error;
  }
}

function wrong(what: string, next: string): SeatrialError {
  return new SeatrialError('not-installed', { what, next });
}
