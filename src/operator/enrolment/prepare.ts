import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeApi } from '../../kube/api.ts';
import type { Deployment, KubeObject } from '../../kube/objects.ts';
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
/** What was deleted by hand, such as a RoleBinding, and is not looked at each time is there again after so long. */
const againMs = 300_000;

interface Applied {
  readonly atMs: number;
  /** Of router and gateway. */
  readonly generations: readonly (number | null)[];
}

export interface Preparer {
  /** Applies what the namespace needs where it is not there. */
  prepare(namespace: string, router: Deployment | null, signal: AbortSignal): Promise<void>;
  /** Removes it again; true where there was something. */
  unprepare(namespace: string, signal: AbortSignal): Promise<boolean>;
}

export function createPreparer(kube: KubeApi, installation: Installation): Preparer {
  const applied = new Map<string, Applied>();
  return {
    async prepare(namespace, router, signal) {
      const wanted = namespaceObjects(installation, namespace);
      const hash = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16);
      const known = applied.get(namespace);
      const isRecent = known !== undefined && Date.now() - known.atMs < againMs;
      if (isRecent && router?.metadata.annotations?.[appliedAnnotation] === hash) {
        const ref = { resource: resources.statefulSets, namespace, name: objectNames.gateway };
        // Scaled or edited by hand counts as well as deleted: who enrolled relies on them.
        const found = [router, await kube.get(ref, signal)];
        if (isDeepStrictEqual(found.map(generationOf), known.generations)) return;
      }
      const objects = await applyAll(kube, wanted.map(marked(hash)), fieldManagers.controller, signal, true);
      const named = [objectNames.router, objectNames.gateway].map(
        (name) => objects.find(({ kind, metadata }) => isWorkload(kind) && metadata.name === name) ?? null,
      );
      applied.set(namespace, { atMs: Date.now(), generations: named.map(generationOf) });
    },
    async unprepare(namespace, signal) {
      applied.delete(namespace);
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

function isWorkload(kind: string | undefined): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet';
}

function generationOf(object: KubeObject | null): number | null {
  return object?.metadata.generation ?? null;
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
