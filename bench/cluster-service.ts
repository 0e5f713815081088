import { openServiceStage, type ServiceStage } from './cluster-service-stage.ts';
import { type Bar, type Benchmark, type Quartiles, quartiles, type Report, shown } from './report.ts';

/**
 * A Service on a real cluster, called by a pod: as it was before its enrolment, behind two bare HAProxies of one thread, as
 * the routers are two, and enrolled, with and without a key, with 1 and with 5,000 keys in the routers' table.
 */
export const clusterServiceBenchmark: Benchmark = { name: 'cluster-service', run };

const rounds = 15;
const seconds = 1;
const connections = [1, 32];
const manyKeys = 5000;

interface Way {
  readonly name: string;
  readonly to: keyof ServiceStage['urls'];
  readonly keyed: boolean;
}

const ways = [
  { name: 'the Service before enrolment', to: 'direct', keyed: false },
  { name: 'two bare HAProxies', to: 'bare', keyed: false },
  { name: 'enrolled, no key', to: 'enrolled', keyed: false },
  { name: 'enrolled, key (Lua)', to: 'enrolled', keyed: true },
] as const satisfies readonly Way[];

interface Round {
  readonly perSecond: number;
  readonly p50Micros: number;
  readonly cpuMicros: number;
}

/** By keys in the table, connections and way; the rounds of one and the same number belong together. */
type Results = ReadonlyMap<string, readonly Round[]>;

const id = (keys: number, count: number, way: Way) => `${keys}/${count}/${way.name}`;

async function run(): Promise<Report> {
  const stage = await openServiceStage();
  try {
    const results = new Map<string, Round[]>();
    for (const keys of [1, manyKeys]) {
      if (keys > 1) await stage.addKeys(keys - 1);
      // The first round warms all of them up, and is not counted.
      for (let round = 0; round <= rounds; round += 1) {
        for (const count of connections) {
          for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
            const measured = await measure(stage, way, count);
            const name = id(keys, count, way);
            if (round > 0) results.set(name, [...(results.get(name) ?? []), measured]);
          }
        }
      }
    }
    return report(results);
  } finally {
    await stage.close();
  }
}

async function measure(stage: ServiceStage, { to, keyed }: Way, count: number): Promise<Round> {
  const headers = keyed ? [`baggage: user=7,seatrial=${stage.key}.12345678`] : [];
  const cpu = async () => (to === 'direct' ? Number.NaN : await stage.cpuSeconds(to));
  const before = await cpu();
  const options = { url: stage.urls[to], connections: count, seconds, headers };
  const { requests, perSecond, p50Micros } = await stage.load(options);
  return { perSecond, p50Micros, cpuMicros: (((await cpu()) - before) / requests) * 1e6 };
}

function report(results: Results): Report {
  const at = (keys: number, count: number, way: Way) => results.get(id(keys, count, way)) ?? [];
  const added = (rounds: readonly Round[], direct: readonly Round[]) =>
    rounds.map(({ p50Micros }, round) => p50Micros - (direct[round]?.p50Micros ?? Number.NaN));
  const [before, bare, unkeyed] = ways;
  const rows = [1, manyKeys].flatMap((keys) =>
    connections.flatMap((count) =>
      ways.map((way) => {
        const own = at(keys, count, way);
        const of = (value: (round: Round) => number) => shown(quartiles(own.map(value)));
        const reference = way === before;
        return [
          String(keys),
          String(count),
          way.name,
          of(({ perSecond }) => perSecond),
          of(({ p50Micros }) => p50Micros),
          reference ? '–' : shown(quartiles(added(own, at(keys, count, before)))),
          reference ? '–' : of(({ cpuMicros }) => cpuMicros),
          reference ? '–' : shown(ratioOf(own, at(keys, count, bare)), 2),
        ];
      }),
    ),
  );
  // What a key costs stands in the table, told apart: the bar is for requests that are nobody's of ours.
  const bars = [1, manyKeys].flatMap((keys) =>
    connections.map((count): Bar => {
      const ratio = ratioOf(at(keys, count, unkeyed), at(keys, count, bare));
      const what = `no key: requests/s ≥ 0.8 × bare HAProxy, ${count} connections, ${keys} keys: ${shown(ratio, 2)}`;
      return { what, met: ratio.high >= 0.8 };
    }),
  );
  return {
    title: `A Service on the cluster, ${rounds} interleaved rounds of ${seconds} s by wrk in a pod; median (quartiles)`,
    columns: [
      'keys',
      'connections',
      'way',
      'requests/s',
      'p50 µs',
      'added p50 µs',
      'CPU µs/request',
      '× bare requests/s',
    ],
    rows,
    bars,
  };
}

function ratioOf(own: readonly Round[], reference: readonly Round[]): Quartiles {
  return quartiles(own.map(({ perSecond }, at) => perSecond / (reference[at]?.perSecond ?? Number.NaN)));
}
