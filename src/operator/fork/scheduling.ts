import type { PodSpec } from '../../kube/objects.ts';
import { type LabelSelector, type Labels, selects } from '../../kube/selector.ts';

interface Spread {
  readonly labelSelector?: LabelSelector;
}

interface Term extends Spread {
  readonly namespaces?: readonly string[];
}

interface AntiAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly podAffinityTerm: Term }[];
}

interface Affinity {
  readonly podAntiAffinity?: AntiAffinity;
}

/**
 * Without what keeps copies of the baseline apart from each other: on a small cluster a fork would find no node, as
 * each has one of the baseline's pods. Rules about other pods, nodes, tolerations and priority stay.
 */
export function withoutSelfSpread(pod: PodSpec, baseline: Labels): PodSpec {
  const { affinity, topologySpreadConstraints, ...rest } = pod;
  const own = ({ labelSelector }: Spread) => labelSelector !== undefined && selects(labelSelector, baseline);
  const spread = (topologySpreadConstraints as readonly Spread[] | undefined)?.filter((each) => !own(each));
  const kept = affinity === undefined ? undefined : withoutSelfAntiAffinity(affinity as Affinity, own);
  return {
    ...rest,
    ...(kept === undefined ? {} : { affinity: kept }),
    ...(spread === undefined || spread.length === 0 ? {} : { topologySpreadConstraints: spread }),
  };
}

function withoutSelfAntiAffinity(affinity: Affinity, own: (term: Spread) => boolean): Affinity {
  const { podAntiAffinity, ...rest } = affinity;
  if (podAntiAffinity === undefined) return affinity;
  const required = podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution?.filter(
    (term) => !own(term),
  );
  const preferred = podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution?.filter(
    ({ podAffinityTerm }) => !own(podAffinityTerm),
  );
  return {
    ...rest,
    podAntiAffinity: {
      ...(required === undefined ? {} : { requiredDuringSchedulingIgnoredDuringExecution: required }),
      ...(preferred === undefined ? {} : { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
    },
  };
}
