import { createHash } from 'node:crypto';
import type { KubeApi } from '../../kube/api.ts';
import type { Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { domain, fieldManagers, objectNames } from '../../sandbox/cluster-names.ts';
import {
  applyAll,
  type Installation,
  installationLabel,
  type Manifest,
  resourceOf,
} from '../install/manifest.ts';
import { namespaceObjects } from '../install/namespace-objects.ts';

/** On what we applied: a hash of all that was applied with it. */
const appliedAnnotation = `${domain}/applied`;
/** What was deleted by hand and is not looked at each time is there again after so long. */
const againMs = 300_000;

export interface Preparer {
  /** Applies what the namespace needs where it is not there. */
  prepare(namespace: string, router: Deployment | null, signal: AbortSignal): Promise<void>;
  /** Removes it again; true where there was something. */
  unprepare(namespace: string, signal: AbortSignal): Promise<boolean>;
}

export function createPreparer(kube: KubeApi, installation: Installation): Preparer {
  const appliedAt = new Map<string, number>();
  return {
    async prepare(namespace, router, signal) {
      const objects = namespaceObjects(installation, namespace);
      const hash = createHash('sha256').update(JSON.stringify(objects)).digest('hex').slice(0, 16);
      const recent = Date.now() - (appliedAt.get(namespace) ?? 0) < againMs;
      if (recent && router?.metadata.annotations?.[appliedAnnotation] === hash) {
        const ref = { resource: resources.statefulSets, namespace, name: objectNames.gateway };
        if ((await kube.get(ref, signal)) !== null) return;
      }
      await applyAll(kube, objects.map(marked(hash)), fieldManagers.controller, signal, true);
      appliedAt.set(namespace, Date.now());
    },
    async unprepare(namespace, signal) {
      appliedAt.delete(namespace);
      const gone = await Promise.all(
        namespaceObjects(installation, namespace).map(({ kind, apiVersion, metadata: { name } }) => {
          const resource = resourceOf({ kind, apiVersion, metadata: { name } });
          return kube.delete({ resource, namespace, name }, { propagation: 'Background' }, signal);
        }),
      );
      return gone.includes(true);
    },
  };
}

function marked(hash: string) {
  return (object: Manifest): Manifest => ({
    ...object,
    metadata: { ...object.metadata, annotations: { [appliedAnnotation]: hash } },
  });
}

/** The system namespace of another installation that serves this namespace. */
export function otherInstallation(router: Deployment | null, systemNamespace: string): string | null {
  const found = router?.metadata.labels?.[installationLabel];
  return found === undefined || found === systemNamespace ? null : found;
}
