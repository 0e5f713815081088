import { SeatrialError } from '../../errors.ts';
import { KubeError } from '../../kube/api.ts';
import type { Deployment, KubeObject, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { noLog } from '../../log.ts';
import { createEnrolment } from '../../operator/enrolment/enrolment.ts';
import { deleteList } from '../../operator/enrolment/list.ts';
import { findLists, findObjects, refOf, removeObjects } from '../../operator/install/remove.ts';
import { annotations, labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { type ClusterOptions, type Connection, until, withCluster } from './connect.ts';

export interface UninstallOptions extends ClusterOptions {
  readonly systemNamespace?: string;
  readonly force?: boolean;
  readonly keepCrd?: boolean;
}

const sandboxSeconds = 60;
const goneSeconds = 180;

/** Ends sandboxes, gives all Services back, removes all that is ours, and looks whether something is left. */
export async function uninstall(context: Context, options: UninstallOptions): Promise<ExitCode> {
  const systemNamespace = options.systemNamespace ?? objectNames.systemNamespace;
  const { terminal } = context;
  return withCluster(context, options, async (connection) => {
    const { kube, signal } = connection;
    const scope = await servedNamespaces(connection, systemNamespace);
    const isServed = (namespace: string | undefined) => scope === null || scope.includes(namespace ?? '');
    const live = (await sandboxes(connection)).filter(({ metadata }) => isServed(metadata.namespace));
    if (live.length > 0 && options.force !== true) throw liveSandboxes(live);

    terminal.progress(`ending ${live.length} sandboxes`);
    await endSandboxes(connection, live);
    terminal.progress('stopping the controller');
    await stopController(connection, systemNamespace);
    terminal.progress('giving Services back');
    await releaseAll(connection, systemNamespace, isServed);
    terminal.progress('removing objects');
    const objects = await findObjects(kube, systemNamespace, signal);
    const lists = (await findLists(kube, signal)).filter(({ ref }) => isServed(ref.namespace));
    await removeObjects(
      kube,
      [...lists, ...objects].map(({ ref }) => ref),
      signal,
    );
    const crd = options.keepCrd === true ? 'kept' : await removeCrd(connection);
    const left = await verifyGone(connection, systemNamespace);
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

/** As the controller was told; null: all. */
async function servedNamespaces(
  { kube, signal }: Connection,
  systemNamespace: string,
): Promise<readonly string[] | null> {
  const ref = { resource: resources.deployments, namespace: systemNamespace, name: objectNames.controller };
  const controller = await kube.get<Deployment>(ref, signal);
  const env = controller?.spec.template.spec.containers[0]?.env ?? [];
  const names = (env.find(({ name }) => name === 'SEATRIAL_NAMESPACES')?.value ?? '').split(',');
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? null : given;
}

async function sandboxes({ kube, signal }: Connection): Promise<readonly SandboxResource[]> {
  try {
    return (await kube.list<SandboxResource>(resources.sandboxes, {}, signal)).items;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
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

/** By the controller; where it does not do it in time, by hand: their forks are owned by them and go along. */
async function endSandboxes(connection: Connection, live: readonly SandboxResource[]): Promise<void> {
  const { kube, signal } = connection;
  const refs = live.map((sandbox) => refOf(resources.sandboxes, sandbox));
  await removeObjects(kube, refs, signal);
  const left = async () => {
    const there = new Set((await sandboxes(connection)).map(({ metadata }) => metadata.uid));
    return live.filter(({ metadata }) => there.has(metadata.uid));
  };
  if (refs.length === 0) return;
  await until(sandboxSeconds, signal, async () => ((await left()).length === 0 ? true : null));
  for (const sandbox of await left()) {
    await kube.patch(
      refOf(resources.sandboxes, sandbox),
      { kind: 'merge', body: { metadata: { finalizers: null } } },
      signal,
    );
  }
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
  isServed: (namespace: string | undefined) => boolean,
): Promise<void> {
  const { kube, signal } = connection;
  const enrolment = createEnrolment({ kube, log: noLog, systemNamespace, image: '', namespaces: null });
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

async function verifyGone({ kube, signal }: Connection, systemNamespace: string): Promise<readonly string[]> {
  let left: readonly string[] = [];
  await until(goneSeconds, signal, async () => {
    const found = await findObjects(kube, systemNamespace, signal);
    left = found.map(
      ({ ref }) =>
        `${ref.resource.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`,
    );
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
