import { type ClusterWays, openWays } from './cluster-ways.ts';
import { type Bar, type Benchmark, quantile, quartiles, type Report, shown } from './report.ts';

/**
 * A sandbox on a real cluster, from the Engine's `provision` to the first answer of its fork, against a bare Deployment
 * of the same pod from creation to Ready: by turns, then many at once. And what one sandbox costs the API.
 */
export const clusterProvisionBenchmark: Benchmark = { name: 'cluster-provision', run };

const rounds = 20;
const atOnce = 50;
const batches = 3;
const slack = 100;

async function run(): Promise<Report> {
  const ways = await openWays(atOnce + 5);
  try {
    const own: number[] = [];
    const bare: number[] = [];
    const steps: Steps[] = [];
    // The first round warms both ways up, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const name = `round-${round}`;
      const turns = [
        async () => {
          const took = await ways.sandbox(name);
          if (round > 0) own.push(took);
          if (round > 0) steps.push(ways.steps(name));
          await ways.removeSandbox(name);
        },
        async () => {
          const took = await ways.bare(name);
          if (round > 0) bare.push(took);
          await ways.removeBare(name);
        },
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    const counted = await countOne(ways);
    const many = await manyAtOnce(ways);
    return report({ own, bare, steps, counted, many });
  } finally {
    await ways.close();
  }
}

/** By step: milliseconds since the call. */
type Steps = Readonly<Record<string, number>>;

interface Counted {
  readonly writes: readonly string[];
  readonly objects: readonly string[];
}

/** Writes of client and controller over a whole life, and what stands meanwhile that was not there before. */
async function countOne(ways: ClusterWays): Promise<Counted> {
  const before = {
    client: ways.writes(),
    ours: await controllerWrites(ways),
    objects: await allObjects(ways),
  };
  await ways.sandbox('counted');
  const objects = (await allObjects(ways)).filter((one) => !before.objects.includes(one));
  await ways.removeSandbox('counted');
  const ours = await controllerWrites(ways);
  const writes = [...ours].flatMap(([what, count]) => {
    const by = count - (before.ours.get(what) ?? 0);
    return by > 0 ? [`${by} × ${what}`] : [];
  });
  return { writes: [`${ways.writes() - before.client} × client`, ...writes], objects };
}

/** What the controllers' own counters say, Events apart: series → count. */
async function controllerWrites({ cluster, lab }: ClusterWays): Promise<Map<string, number>> {
  const names = await cluster.kubectl(['-n', lab.systemNamespace, 'get', 'pods', '-o', 'name']);
  const counts = new Map<string, number>();
  for (const name of names.split('\n').filter((line) => line !== '')) {
    const path = `/api/v1/namespaces/${lab.systemNamespace}/pods/${name.replace('pod/', '')}:9901/proxy/metrics`;
    const text = await cluster.kubectl(['get', '--raw', path]);
    for (const [, verb, resource, part, count] of text.matchAll(
      /^seatrial_api_writes_total\{verb="(\w+)",resource="(\w+)",subresource="(\w*)"\} (\d+)$/gm,
    )) {
      const what = `${verb} ${resource}${part === '' ? '' : `/${part}`}`;
      if (resource !== 'events') counts.set(what, (counts.get(what) ?? 0) + Number(count));
    }
  }
  return counts;
}

/** Made by Kubernetes' own controllers, or not ours to count. */
const others =
  /^(events?|leases|pods|replicasets|endpoints|endpointslices|controllerrevisions|podmetrics)[./]/;

/** Every object of the namespace, of every kind that the API lists. */
async function allObjects({ cluster, lab }: ClusterWays): Promise<readonly string[]> {
  const kinds = await cluster.kubectl(['api-resources', '--verbs=list', '--namespaced', '-o', 'name']);
  const wanted = kinds.split('\n').filter((kind) => kind !== '' && !others.test(`${kind}.`));
  const names = await cluster.kubectl(['-n', lab.namespace, 'get', wanted.join(','), '-o', 'name']);
  return names.split('\n').filter((line) => line !== '');
}

interface Many {
  readonly own: readonly number[];
  readonly bare: readonly number[];
  readonly steps: readonly Steps[];
}

async function manyAtOnce(ways: ClusterWays): Promise<Many> {
  const own: number[] = [];
  const bare: number[] = [];
  const steps: Steps[] = [];
  const all = <T>(prefix: string, work: (name: string) => Promise<T>) =>
    Promise.all(Array.from({ length: atOnce }, (_, at) => work(`${prefix}-${at}`)));
  for (let batch = 0; batch < batches; batch += 1) {
    bare.push(Math.max(...(await all(`bare${batch}`, ways.bare))));
    await all(`bare${batch}`, ways.removeBare);
    own.push(Math.max(...(await all(`many${batch}`, ways.sandbox))));
    await all(`many${batch}`, async (name) => steps.push(ways.steps(name)));
    await all(`many${batch}`, ways.removeSandbox);
  }
  return { own, bare, steps };
}

interface Measured {
  readonly own: readonly number[];
  readonly bare: readonly number[];
  readonly steps: readonly Steps[];
  readonly counted: Counted;
  readonly many: Many;
}

function report({ own, bare, steps, counted, many }: Measured): Report {
  const p95 = (values: readonly number[]) =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.95,
    );
  const beyond = quartiles(own.map((value, round) => value - (bare[round] ?? Number.NaN)));
  const [one, other] = [quartiles(own), quartiles(bare)];
  const ratio = quartiles(many.own.map((value, at) => value / (many.bare[at] ?? Number.NaN)));
  const writes = counted.writes.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0);
  const rows = [
    ['bare Deployment, creation to Ready', shown(other), p95(bare).toFixed(0)],
    ['provision to first routed request', shown(one), p95(own).toFixed(0)],
    ['the same beyond the bare one, by round', shown(beyond), ''],
    ...stepRows(steps),
    [`${atOnce} bare Deployments at once, all Ready`, shown(quartiles(many.bare)), ''],
    [`${atOnce} sandboxes at once, all answered`, shown(quartiles(many.own)), ''],
    ...stepRows(many.steps),
  ];
  const bars: Bar[] = [
    {
      what: `p50 at most the bare one's + ${slack} ms: ${one.median.toFixed(0)} of ${(other.median + slack).toFixed(0)}`,
      met: one.median <= other.median + slack || beyond.low <= slack,
    },
    {
      what: `p95 at most 1.0 × the bare one's: ${p95(own).toFixed(0)} of ${p95(bare).toFixed(0)}`,
      met: p95(own) <= p95(bare),
    },
    { what: `${atOnce} at once at most 1.3 × the bare time: ${shown(ratio, 2)}`, met: ratio.low <= 1.3 },
    { what: `at most 12 API writes a life: ${writes} (${counted.writes.join(', ')})`, met: writes <= 12 },
    {
      what: `at most 5 objects: ${counted.objects.length} (${counted.objects.join(', ')})`,
      met: counted.objects.length <= 5,
    },
  ];
  return {
    title: `Sandbox on a cluster, ${rounds} rounds by turns and ${batches} times ${atOnce} at once, milliseconds: median (quartiles)`,
    columns: ['what', 'ms', 'p95'],
    rows,
    bars,
  };
}

/** When each step was seen, in the order in which they come. */
function stepRows(steps: readonly Steps[]): string[][] {
  const names = [...new Set(steps.flatMap((each) => Object.keys(each)))].filter((name) => name !== 'begun');
  const all = names.map((name) => ({ name, at: steps.flatMap((each) => each[name] ?? []) }));
  return all
    .map(({ name, at }) => ({ name, of: quartiles(at), last: Math.max(...at) }))
    .toSorted((a, b) => a.of.median - b.of.median)
    .map(({ name, of, last }) => [`  … ${name}`, shown(of), `≤ ${last.toFixed(0)}`]);
}
