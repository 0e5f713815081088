import { z } from 'zod';
import type { Pod } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { labels } from '../src/sandbox/cluster-names.ts';
import type { Cluster } from '../test/cluster-suite/support/cluster.ts';

/** What a container took, as its kubelet last looked. */
export interface ContainerUsage {
  readonly pod: string;
  readonly container: string;
  /** `controller`, `router`, `gateway`; undefined for others' pods. */
  readonly role: string | undefined;
  readonly limitMiB: number;
  readonly atMs: number;
  readonly cpuNanos: number;
  readonly memoryBytes: number;
}

/** By `<pod>/<container>`. */
export type Usage = ReadonlyMap<string, ContainerUsage>;

const summary = z.object({
  pods: z.array(
    z.object({
      podRef: z.object({ name: z.string(), namespace: z.string() }),
      containers: z
        .array(
          z.object({
            name: z.string(),
            cpu: z.object({ time: z.string(), usageCoreNanoSeconds: z.number().default(0) }).optional(),
            memory: z.object({ workingSetBytes: z.number().default(0) }).optional(),
          }),
        )
        .default([]),
    }),
  ),
});

/** Of real pods, by the kubelets' own summary, which the API server passes on. No metrics-server is needed. */
export async function usageOf({ kube, kubectl }: Cluster, namespaces: readonly string[]): Promise<Usage> {
  const signal = AbortSignal.timeout(60_000);
  const found = new Map<string, ContainerUsage>();
  for (const namespace of namespaces) {
    const { items } = await kube.list<Pod>(resources.pods, { namespace }, signal);
    const ours = items.filter(({ metadata }) => metadata.labels?.[labels.role] !== undefined);
    for (const node of new Set(ours.flatMap(({ spec }) => spec.nodeName ?? []))) {
      const path = `/api/v1/nodes/${node}/proxy/stats/summary?only_cpu_and_memory=true`;
      const { pods } = summary.parse(JSON.parse(await kubectl(['get', '--raw', path])));
      for (const { podRef, containers } of pods) {
        const pod = ours.find(({ metadata }) => metadata.name === podRef.name);
        if (podRef.namespace !== namespace || pod === undefined) continue;
        for (const { name, cpu, memory } of containers) {
          if (cpu === undefined || memory === undefined) continue;
          found.set(`${podRef.name}/${name}`, {
            pod: podRef.name,
            container: name,
            role: pod.metadata.labels?.[labels.role],
            limitMiB: limitOf(pod, name),
            atMs: Date.parse(cpu.time),
            cpuNanos: cpu.usageCoreNanoSeconds,
            memoryBytes: memory.workingSetBytes,
          });
        }
      }
    }
  }
  return found;
}

export function cpuSeconds(usage: ContainerUsage | undefined): number {
  return (usage?.cpuNanos ?? Number.NaN) / 1e9;
}

export function memoryMiB(usage: ContainerUsage | undefined): number {
  return (usage?.memoryBytes ?? Number.NaN) / 2 ** 20;
}

const limits = z.object({ limits: z.object({ memory: z.string().regex(/^\d+Mi$/) }) });

function limitOf({ spec }: Pod, container: string): number {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const read = limits.safeParse(all.find(({ name }) => name === container)?.resources);
  return read.success ? Number.parseInt(read.data.limits.memory, 10) : Number.NaN;
}
