import { describe, expect, test } from 'vitest';
import type { KubeObject, Pod } from '../../../src/kube/objects.ts';
import type { Stage } from '../faults/stage.ts';
import { applyYaml } from '../support/apply.ts';
import { listOf } from '../support/workload.ts';

const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'pricing' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'pricing' } } },
};
const scaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'pricing' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'pricing' },
    minReplicas: 1,
    maxReplicas: 3,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ],
  },
};

interface Slice extends KubeObject {
  readonly endpoints?: readonly { readonly targetRef?: { readonly name: string } }[];
}
interface Status {
  readonly status: Readonly<Record<string, unknown>>;
}

const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).toSorted();

/** Whether the API would let the pod be evicted: a dry run. */
function evict({ cluster, namespace }: Stage, pod: string) {
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace },
    deleteOptions: { dryRun: ['All'] },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  return cluster.tryKubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
}

export function notCounted(stage: () => Stage): void {
  describe('a fork is counted by nothing of its baseline', () => {
    test('PodDisruptionBudget, HorizontalPodAutoscaler, Services and ReplicaSet see the baseline’s pod alone', async () => {
      const own = stage();
      const read = async <T>(...what: readonly string[]) =>
        JSON.parse(await own.cluster.kubectl(['-n', own.namespace, 'get', ...what, '-o', 'json'])) as T;
      await applyYaml(own.cluster, listOf([budget, scaler]), { namespace: own.namespace });
      const baseline = namesOf(await own.pods('app=pricing'));
      expect(baseline).toHaveLength(1);
      await own.ready('apart');
      const [fork = ''] = namesOf(await own.pods('seatrial.dev/sandbox=apart'));
      expect(fork).not.toBe('');

      const counted = async () => (await read<Status>('pdb', 'pricing')).status;
      await expect.poll(counted).toMatchObject({
        expectedPods: 1,
        currentHealthy: 1,
        desiredHealthy: 1,
        disruptionsAllowed: 0,
      });
      const kept = await evict(own, baseline[0] ?? '');
      expect(kept.code).not.toBe(0);
      expect(kept.stderr).toMatch(/disruption budget/);
      const free = await evict(own, fork);
      expect(free.code, free.stderr).toBe(0);

      // What an autoscaler measures are the pods of this selector.
      const scale = `/apis/apps/v1/namespaces/${own.namespace}/deployments/pricing/scale`;
      const { status } = JSON.parse(await own.cluster.kubectl(['get', '--raw', scale])) as Status;
      expect(status.replicas).toBe(1);
      expect(namesOf(await own.pods(String(status.selector)))).toEqual(baseline);
      await expect
        .poll(async () => (await read<Status>('hpa', 'pricing')).status, { timeout: 30_000 })
        .toMatchObject({ currentReplicas: 1 });

      const slices = await read<{ readonly items: readonly Slice[] }>('endpointslices');
      const behind = slices.items.flatMap(({ metadata, endpoints }) =>
        (endpoints ?? []).map(({ targetRef }) => [
          metadata.labels?.['kubernetes.io/service-name'],
          targetRef?.name,
        ]),
      );
      expect(behind).toContainEqual(['pricing-seatrial', baseline[0]]);
      expect(behind.filter(([, pod]) => pod === fork)).toEqual([]);
      const [set] = (await own.pods(`seatrial.dev/sandbox=apart`)).map(
        ({ metadata }) => metadata.ownerReferences?.[0]?.name,
      );
      const [other] = (await own.pods('app=pricing')).map(
        ({ metadata }) => metadata.ownerReferences?.[0]?.name,
      );
      expect(set).not.toBe(other);
      await own.cluster.kubectl(['-n', own.namespace, 'delete', 'pdb,hpa', 'pricing']);
      await own.clean('apart');
      await own.intact();
    });
  });
}
