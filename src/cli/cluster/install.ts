import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { SeatrialError } from '../../errors.ts';
import type { ConfigMap, Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { settingsName } from '../../operator/install/admission.ts';
import { applyAll, type Installation } from '../../operator/install/manifest.ts';
import { removeStale } from '../../operator/install/remove.ts';
import { overlapping } from '../../operator/install/served.ts';
import { systemObjects } from '../../operator/install/system-objects.ts';
import { fieldManagers, objectNames } from '../../sandbox/cluster-names.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { writeBuildContext } from './build-context.ts';
import { type ClusterOptions, type Connection, until, withCluster } from './connect.ts';
import { packageRootOf, readCrd } from './crd.ts';
import { whyNotRunning } from './pods.ts';

export interface InstallOptions extends ClusterOptions {
  readonly buildContext?: string;
  readonly image?: string;
  readonly systemNamespace?: string;
  readonly namespaces?: readonly string[];
  readonly allowImage?: readonly string[];
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
  readonly wait?: number;
}

const waitSeconds = 120;

export async function install(context: Context, options: InstallOptions): Promise<ExitCode> {
  if (options.buildContext !== undefined) return buildContext(context, options.buildContext);
  const installation = installationOf(options);
  const crd = await readCrd(packageRootOf(context.surroundings.entry.main));
  if (options.dryRun === true) {
    const objects = systemObjects(installation, { crd, images: options.allowImage ?? [] });
    context.terminal.print(objects.map((object) => stringify(object)).join('---\n'));
    return exit.passed;
  }
  return withCluster(context, options, async (connection) => {
    const { kube, signal } = connection;
    await refuseOverlap(connection, installation);
    const images = options.allowImage ?? (await imagesBefore(connection, installation));
    const objects = systemObjects(installation, { crd, images });
    await applyAll(kube, objects, fieldManagers.cli, signal, options.forceConflicts ?? false);
    const removed = await removeStale(kube, installation, objects, signal);
    context.terminal.progress('waiting for the controller');
    await waitForController(connection, installation.systemNamespace, options.wait ?? waitSeconds);
    const data = { ...installation, applied: objects.length, removed };
    if (options.json === true) context.terminal.printJson(data);
    else context.terminal.print(summary(installation, objects.length));
    return exit.passed;
  });
}

/** Two controllers for one namespace would give its Sandboxes two keys, and undo each other's work. */
async function refuseOverlap({ kube, signal }: Connection, installation: Installation): Promise<void> {
  const [other] = await overlapping(kube, installation, signal);
  if (other === undefined) return;
  const { systemNamespace, namespaces } = other;
  const theirs = namespaces === 'all' ? 'all namespaces' : namespaces.join(', ');
  throw new SeatrialError('invalid-argument', {
    what: `The installation in ${systemNamespace} serves ${theirs} already, and a namespace is served by one installation.`,
    next: `Install into ${systemNamespace} (--system-namespace ${systemNamespace}), name other namespaces (--namespaces), or remove it first: seatrial uninstall --system-namespace ${systemNamespace}.`,
  });
}

async function buildContext(context: Context, given: string): Promise<ExitCode> {
  const { surroundings, terminal } = context;
  const folder = resolve(surroundings.cwd, given);
  const packages = await writeBuildContext(packageRootOf(surroundings.entry.main), folder);
  terminal.print(`Wrote ${folder} with ${packages} packages. Build it: docker build -t <name:tag> ${folder}`);
  return exit.passed;
}

function installationOf({ image, systemNamespace, namespaces }: InstallOptions): Installation {
  if (image === undefined) {
    throw new SeatrialError('invalid-argument', {
      what: 'install needs the image that controller, router and gateway run from.',
      why: 'There is no public one: you build it, and push it to a registry that your cluster pulls from.',
      next: 'Run seatrial install --build-context <folder>, build and push that, then seatrial install --image <name:tag>.',
    });
  }
  return {
    image,
    systemNamespace: systemNamespace ?? objectNames.systemNamespace,
    namespaces: namespaces === undefined ? null : namespaces.toSorted(),
  };
}

/** An allow-list stays when a later install does not name one. */
async function imagesBefore(
  { kube, signal }: Connection,
  { systemNamespace }: Installation,
): Promise<readonly string[]> {
  const ref = { resource: resources.configMaps, namespace: systemNamespace, name: settingsName };
  const found = await kube.get<ConfigMap>(ref, signal);
  return (found?.data?.images ?? '').split('\n').filter((line) => line.trim() !== '');
}

async function waitForController(
  { kube, signal }: Connection,
  namespace: string,
  seconds: number,
): Promise<void> {
  const ref = { resource: resources.deployments, namespace, name: objectNames.controller };
  const ready = await until(seconds, signal, async () => {
    const found = await kube.get<Deployment>(ref, signal);
    const isCurrent = found?.status?.observedGeneration === found?.metadata.generation;
    return isCurrent && (found?.status?.availableReplicas ?? 0) === found?.spec.replicas ? true : null;
  });
  if (ready !== null || seconds === 0) return;
  throw new SeatrialError('not-installed', {
    what: `All objects are applied, but the controller in ${namespace} is not ready after ${seconds} s.`,
    why: await whyNotRunning(kube, namespace, signal),
    next: `Mend that, and run the same seatrial install again; kubectl -n ${namespace} get pods shows them.`,
  });
}

function summary({ systemNamespace, namespaces, image }: Installation, count: number): string {
  const where = namespaces === null ? 'all namespaces' : namespaces.join(', ');
  return `Installed into ${systemNamespace} from ${image}: ${count} objects; it serves ${where}.
Next: seatrial enroll --namespace <namespace of a baseline>; bind ClusterRole ${systemNamespace}:agent there to those who may create sandboxes.`;
}
