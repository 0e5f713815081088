import type { ContainerStatus } from '../../kube/objects.ts';

/** `sha256:<hex>` of the image that a container runs, as its node tells; null as long as that is not told. */
export function imageDigest(status: ContainerStatus | undefined): string | null {
  return /sha256:[0-9a-f]{64}/.exec(status?.imageID ?? '')?.[0] ?? null;
}
