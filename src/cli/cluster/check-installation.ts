import { SeatrialError } from '../../errors.ts';
import type { Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { clusterName } from '../../operator/install/manifest.ts';
import { toldNamespaces } from '../../operator/install/served.ts';
import { objectNames } from '../../sandbox/cluster-names.ts';
import { missingAccountRights } from './account-rights.ts';
import { controllersOf, notAllowed, permitted, type Target, wrong } from './check.ts';
import { nextOf, whyNotRunning } from './pods.ts';

/** The controller's own check says so. */
const noInstallation = 'none to look for, as no installation serves the namespace';

/** The ClusterRoles of the installation that serves the namespace; their bindings show as parts that do not work. */
export async function roles(target: Target): Promise<string> {
  const controllers = await controllersOf(target);
  if (controllers === null) return notAllowed;
  if (controllers.serving === null) return noInstallation;
  const system = controllers.serving.metadata.namespace ?? '';
  const names = ['controller', 'controller-cluster', 'router', 'gateway', 'agent'].map((part) =>
    clusterName(system, part),
  );
  const found = await permitted(() =>
    Promise.all(
      names.map((name) => target.kube.get({ resource: resources.clusterRoles, name }, target.signal)),
    ),
  );
  if (found === null) return notAllowed;
  const missing = names.filter((_, at) => found[at] === null);
  if (missing.length > 0) {
    throw wrong(
      `Missing: ClusterRole ${missing.join(', ')}.`,
      `${installAgain(controllers.serving)} makes it anew.`,
    );
  }
  return `${names.length} ClusterRoles of ${system}`;
}

export async function controller(target: Target): Promise<string> {
  const controllers = await controllersOf(target);
  if (controllers === null) return notAllowed;
  const { all, serving } = controllers;
  if (all.length === 0) throw wrong('No controller is installed.', 'Run seatrial install.');
  if (serving === null) {
    const served = all.map(
      (one) => `${one.metadata.namespace} serves ${[toldNamespaces(one)].flat().join(', ')}`,
    );
    throw wrong(
      `No controller serves namespace ${target.namespace}: ${served.join('; ')}.`,
      'Name another --namespace, or run seatrial install again with all --namespaces that it is to serve.',
    );
  }
  return runs(target, serving);
}

async function runs(target: Target, { metadata, spec, status }: Deployment): Promise<string> {
  const system = metadata.namespace ?? '';
  const wanted = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  if (wanted === 0) {
    throw wrong(
      `The controller in ${system} is scaled to 0: nothing makes, updates or ends sandboxes.`,
      `Run kubectl -n ${system} scale deployment/${objectNames.controller} --replicas=2.`,
    );
  }
  const isPresent =
    status?.observedGeneration === metadata.generation && (status?.updatedReplicas ?? 0) >= wanted;
  if (ready > 0 && isPresent) return `${ready} of ${wanted} ready in ${system}`;
  const why = await permitted(() => whyNotRunning(target.kube, system, target.signal));
  const what =
    ready === 0
      ? `No controller in ${system} is ready.`
      : `The controller in ${system} runs as it was before the last install.`;
  throw wrong(why === null ? what : `${what} ${why}`, nextOf(why ?? '', system));
}

export async function accountRights(target: Target): Promise<string> {
  const { kube, namespace, signal } = target;
  const controllers = await controllersOf(target);
  if (controllers === null) return notAllowed;
  if (controllers.serving === null) return noInstallation;
  const missing = await permitted(() => missingAccountRights(kube, controllers.all, namespace, signal));
  if (missing === null) return notAllowed;
  if (missing.length === 0) return `all that its rules give for ${namespace}`;
  throw new SeatrialError('missing-right', {
    what: `Missing: ${missing.join('; ')}.`,
    next: 'Run seatrial install again, with the same flags: it grants what is missing. docs/security.md says what each right is for.',
  });
}

function installAgain(controller: Deployment): string {
  const { metadata, spec } = controller;
  const image = spec.template.spec.containers[0]?.image ?? '<name:tag>';
  const told = toldNamespaces(controller);
  const system =
    metadata.namespace === objectNames.systemNamespace ? '' : ` --system-namespace ${metadata.namespace}`;
  const namespaces = told === 'all' ? '' : ` --namespaces ${told.join(',')}`;
  return `seatrial install --image ${image}${system}${namespaces}`;
}
