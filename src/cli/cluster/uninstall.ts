import { SeatrialError } from '../../errors.ts';
import type { KubeObject, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { noLog } from '../../log.ts';
import { createEnrolment } from '../../operator/enrolment/enrolment.ts';
import { deleteList } from '../../operator/enrolment/list.ts';
import { findLeftOver, nameOf } from '../../operator/install/left-over.ts';
import { findLists, findObjects, removeObjects } from '../../operator/install/remove.ts';
import { servedNamespaces } from '../../operator/install/served.ts';
import { annotations, labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { type ClusterOptions, type Connection, until, withCluster } from './connect.ts';
import { endSandboxes, sandboxes } from './end-sandboxes.ts';

export interface UninstallOptions extends ClusterOptions {
  readonly systemNamespace?: string;
  readonly force?: boolean;
  readonly keepCrd?: boolean;
}

const goneSeconds = 180;

/** Ends sandboxes, gives all Services back, removes all that is ours, and looks whether something is left. */
export async function uninstall(context: Context, options: UninstallOptions): Promise<ExitCode> {
  const systemNamespace = options.systemNamespace ?? objectNames.systemNamespace;
  const { terminal } = context;
  return withCluster(context, options, async (connection) => {
    const { kube, signal } = connection;
    const isServed = await servedNamespaces(kube, systemNamespace, signal);
    const live = (await sandboxes(connection)).filter(({ metadata }) => isServed(metadata.namespace ?? ''));
    if (live.length > 0 && options.force !== true) throw liveSandboxes(live);

    terminal.progress(`ending ${live.length} sandboxes`);
    await endSandboxes(connection, live, systemNamespace);
    terminal.progress('stopping the controller');
    await stopController(connection, systemNamespace);
    terminal.progress('giving Services back');
    await releaseAll(connection, systemNamespace, isServed);
    terminal.progress('removing objects');
    const objects = await findObjects(kube, systemNamespace, signal);
    const lists = (await findLists(kube, signal)).filter(({ ref }) => isServed(ref.namespace ?? ''));
    await removeObjects(
      kube,
      [...lists, ...objects].map(({ ref }) => ref),
      signal,
    );
    const crd = options.keepCrd === true ? 'kept' : await removeCrd(connection);
    const left = await verifyGone(connection, systemNamespace, isServed);
    const data = {
      systemNamespace,
      sandboxes: live.length,
      removed: lists.length + objects.length,
      crd,
      left,
    };
    if (options.json === true) terminal.printJson(data);
    else terminal.print(textOf(data));
    return left.length === 0 ? exit.passed : exit.failed;
  });
}

function liveSandboxes(live: readonly SandboxResource[]): SeatrialError {
  const names = live.map(
    ({ metadata, spec }) => `${metadata.namespace}/${metadata.name} of ${spec.owner.principal}`,
  );
  const shown = names.slice(0, 20).join(', ');
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  return new SeatrialError('sandboxes-live', {
    what: `${names.length} sandboxes are alive: ${shown}${more}.`,
    next: 'Tear them down first, or call again with --force, which ends them.',
  });
}

async function stopController({ kube, signal }: Connection, namespace: string): Promise<void> {
  const ref = { resource: resources.deployments, namespace, name: objectNames.controller };
  if (!(await kube.delete(ref, { propagation: 'Foreground' }, signal))) return;
  await until(goneSeconds, signal, async () => ((await kube.get(ref, signal)) === null ? true : null));
}

/** What the controller does at a release, done here: it is not there any more, and maybe never was. */
async function releaseAll(
  connection: Connection,
  systemNamespace: string,
  isServed: (namespace: string) => boolean,
): Promise<void> {
  const { kube, signal } = connection;
  const enrolment = createEnrolment({
    kube,
    log: noLog,
    systemNamespace,
    image: '',
    namespaces: null,
    // Addresses of pods mean nothing where this runs.
    routers: async () => [],
  });
  const names = (await namespacesInUse(connection)).filter(isServed);
  await Promise.all(
    names.map(async (namespace) => {
      await deleteList(kube, namespace, signal);
      await until(goneSeconds, signal, async () => {
        const { done } = await enrolment.reconcile(namespace, signal);
        return done ? true : null;
      });
    }),
  );
}

async function namespacesInUse({ kube, signal }: Connection): Promise<readonly string[]> {
  const services = (await kube.list<Service>(resources.services, {}, signal)).items.filter(
    ({ metadata }) =>
      metadata.labels?.[labels.role] === 'shadow' ||
      metadata.annotations?.[annotations.original] !== undefined,
  );
  const lists = (await findLists(kube, signal)).map(({ object }) => object);
  const namespaces = [...services, ...lists].map(({ metadata }) => metadata.namespace ?? '');
  return [...new Set(namespaces)];
}

/** Stays while another installation, or anybody's Sandbox, needs it. */
async function removeCrd(connection: Connection): Promise<'removed' | 'kept' | 'absent'> {
  const { kube, signal } = connection;
  const controllers = await kube.list<KubeObject>(
    resources.deployments,
    { labelSelector: `${labels.role}=controller` },
    signal,
  );
  if (controllers.items.length > 0 || (await sandboxes(connection)).length > 0) return 'kept';
  const ref = { resource: resources.customResourceDefinitions, name: 'sandboxes.seatrial.dev' };
  return (await kube.delete(ref, {}, signal)) ? 'removed' : 'absent';
}

async function verifyGone(
  { kube, signal }: Connection,
  systemNamespace: string,
  isServed: (namespace: string) => boolean,
): Promise<readonly string[]> {
  let left: readonly string[] = [];
  await until(goneSeconds, signal, async () => {
    const found = await findLeftOver(kube, systemNamespace, isServed, signal);
    left = found.map(nameOf);
    return left.length === 0 ? true : null;
  });
  return left;
}

function textOf(data: {
  readonly systemNamespace: string;
  readonly sandboxes: number;
  readonly removed: number;
  readonly crd: string;
  readonly left: readonly string[];
}): string {
  const said = `Uninstalled ${data.systemNamespace}: ${data.sandboxes} sandboxes ended, ${data.removed} objects removed, CRD ${data.crd}.`;
  return data.left.length === 0 ? `${said} Nothing is left.` : `${said}\nLeft: ${data.left.join(', ')}.`;
}
