import type { ObjectMeta } from '../../kube/objects.ts';
import type { Labels } from '../../kube/selector.ts';
import { domain, labels as names } from '../../sandbox/cluster-names.ts';

/**
 * A fork's pods keep no label of the baseline, so that no Service, ReplicaSet, PodDisruptionBudget or policy that
 * selects the baseline selects them, neither today's nor tomorrow's. Kept are those that only injectors read, without
 * which the pod would run otherwise than its baseline.
 */
const injectors = [
  'sidecar.istio.io/',
  'istio.io/',
  'azure.workload.identity/',
  'admission.datadoghq.com/',
  'tags.datadoghq.com/',
  'networking.gke.io/',
];

export function forkLabels(sandbox: string, service: string): Labels {
  return { [names.sandbox]: sandbox, [names.service]: service, [names.managedBy]: 'seatrial' };
}

export function forkPodLabels(sandbox: string, service: string, baseline: Labels): Labels {
  const kept = Object.entries(baseline).filter(([key]) => injectors.some((prefix) => key.startsWith(prefix)));
  return { ...Object.fromEntries(kept), ...forkLabels(sandbox, service) };
}

/** Annotations that other controllers and scrapers act on, or that tell of the baseline's own life. */
const acted = [
  'kubectl.kubernetes.io/',
  'deployment.kubernetes.io/',
  'checksum/',
  'meta.helm.sh/',
  'argocd.argoproj.io/',
  'kustomize.toolkit.fluxcd.io/',
  'helm.toolkit.fluxcd.io/',
  'reloader.stakater.com/',
  'stakater.com/',
  'keel.sh/',
  'prometheus.io/',
  `${domain}/`,
];

/**
 * The baseline's other annotations, as injectors read them, and its labels under other names: what asks for a label
 * by the downward API still finds it (`movedFieldPath`).
 */
export function forkPodAnnotations({ annotations = {}, labels = {} }: Partial<ObjectMeta>): Labels {
  const kept = Object.entries(annotations).filter(
    ([key]) => key !== 'rollme' && !acted.some((prefix) => key.startsWith(prefix)),
  );
  const moved = Object.entries(labels).map(([key, value]) => [movedLabel(key), value]);
  return Object.fromEntries([...kept, ...moved]);
}

/** `metadata.labels['app']` as the place where the fork has that label's value; other paths as they are. */
export function movedFieldPath(path: string): string {
  const key = /^metadata\.labels\['(.*)'\]$/.exec(path)?.[1];
  return key === undefined ? path : `metadata.annotations['${movedLabel(key)}']`;
}

function movedLabel(key: string): string {
  return `baseline-label.${domain}/${key
    .replaceAll('/', '_')
    .slice(-63)
    .replace(/^[^a-zA-Z0-9]+/, '')}`;
}
