import type { PodSpec } from '../../kube/objects.ts';
import { movedFieldPath } from './labels.ts';

interface Item {
  readonly fieldRef?: { readonly fieldPath: string };
}

interface Downward {
  readonly items?: readonly Item[];
}

interface Volume {
  readonly name: string;
  readonly downwardAPI?: Downward;
  readonly projected?: { readonly sources?: readonly { readonly downwardAPI?: Downward }[] };
}

/** Volumes as they are, but for files of the downward API that hold a label of the baseline. */
export function forkVolumes(pod: PodSpec): PodSpec {
  if (pod.volumes === undefined) return pod;
  return {
    ...pod,
    volumes: pod.volumes.map((given) => {
      const { downwardAPI, projected } = given as Volume;
      return {
        ...given,
        ...(downwardAPI === undefined ? {} : { downwardAPI: moved(downwardAPI) }),
        ...(projected === undefined
          ? {}
          : {
              projected: {
                ...projected,
                sources: projected.sources?.map((source) =>
                  source.downwardAPI === undefined
                    ? source
                    : { ...source, downwardAPI: moved(source.downwardAPI) },
                ),
              },
            }),
      };
    }),
  };
}

function moved({ items = [], ...rest }: Downward): Downward {
  return {
    ...rest,
    items: items.map((item) =>
      item.fieldRef === undefined
        ? item
        : { ...item, fieldRef: { ...item.fieldRef, fieldPath: movedFieldPath(item.fieldRef.fieldPath) } },
    ),
  };
}
