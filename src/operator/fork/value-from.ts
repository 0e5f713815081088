import type { Container, EnvVar, PodSpec } from '../../kube/objects.ts';

type Kind = 'ConfigMap' | 'Secret';

interface KeyRef {
  readonly name?: string;
  readonly key?: string;
}

interface Sources {
  readonly configMapKeyRef?: KeyRef;
  readonly secretKeyRef?: KeyRef;
  readonly configMapRef?: KeyRef;
  readonly secretRef?: KeyRef;
}

interface VolumeSource {
  readonly name?: string;
  readonly secretName?: string;
  readonly items?: readonly KeyRef[];
}

interface Volume {
  readonly configMap?: VolumeSource;
  readonly secret?: VolumeSource;
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: VolumeSource; readonly secret?: VolumeSource }[];
  };
}

/**
 * The first override that refers to a key which the template does not already read, as `Secret db, key password`;
 * null where all may. A Sandbox gives no way to more Secrets than the workload has.
 */
export function foreignReference(overrides: readonly EnvVar[], pod: PodSpec): string | null {
  const known = referenced(pod);
  for (const { valueFrom } of overrides) {
    const { configMapKeyRef, secretKeyRef } = (valueFrom ?? {}) as Sources;
    const ref = configMapKeyRef ?? secretKeyRef;
    if (ref === undefined) continue;
    const kind: Kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap';
    if (!known.has(id(kind, ref.name)) && !known.has(id(kind, ref.name, ref.key))) {
      return `${kind} ${ref.name ?? ''}, key ${ref.key ?? ''}`;
    }
  }
  return null;
}

/** Whole objects, and single keys of objects, that the pod reads. */
function referenced({ containers, initContainers = [], volumes = [] }: PodSpec): ReadonlySet<string> {
  const known = new Set<string>();
  for (const container of [...containers, ...initContainers]) {
    for (const { valueFrom } of container.env ?? []) {
      const { configMapKeyRef, secretKeyRef } = (valueFrom ?? {}) as Sources;
      if (configMapKeyRef !== undefined) {
        known.add(id('ConfigMap', configMapKeyRef.name, configMapKeyRef.key));
      }
      if (secretKeyRef !== undefined) known.add(id('Secret', secretKeyRef.name, secretKeyRef.key));
    }
    for (const { configMapRef, secretRef } of envFrom(container)) {
      if (configMapRef !== undefined) known.add(id('ConfigMap', configMapRef.name));
      if (secretRef !== undefined) known.add(id('Secret', secretRef.name));
    }
  }
  for (const volume of volumes as readonly Volume[]) {
    for (const { configMap, secret } of [volume, ...(volume.projected?.sources ?? [])]) {
      if (configMap !== undefined) addVolume(known, 'ConfigMap', configMap.name, configMap.items);
      if (secret !== undefined) addVolume(known, 'Secret', secret.secretName ?? secret.name, secret.items);
    }
  }
  return known;
}

function addVolume(known: Set<string>, kind: Kind, name?: string, items?: readonly KeyRef[]): void {
  if (items === undefined || items.length === 0) known.add(id(kind, name));
  else for (const { key } of items) known.add(id(kind, name, key));
}

function envFrom(container: Container): readonly Sources[] {
  return Array.isArray(container.envFrom) ? (container.envFrom as readonly Sources[]) : [];
}

function id(kind: Kind, name = '', key?: string): string {
  return JSON.stringify(key === undefined ? [kind, name] : [kind, name, key]);
}
