import type { Desired } from './desired.ts';

export interface RouterFigures {
  readonly loaded: boolean;
  readonly table: { readonly entries: number; readonly writes: number; readonly loads: number };
  readonly held: Desired | null;
  readonly hopsLost: number;
  readonly deaf: boolean;
}

/** Prometheus' text format. */
export function routerMetrics({ loaded, table, held, hopsLost, deaf }: RouterFigures): string {
  const forks = (kind: 'fork' | 'refused') =>
    held?.forks.filter(({ entry }) => entry.kind === kind).length ?? 0;
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `seatrial_router_${name}`,
    help,
    type: 'gauge',
    values: [[{}, value]],
  });
  const counter = (name: string, help: string, value: number): Metric => ({
    ...gauge(name, help, value),
    type: 'counter',
  });
  return renderMetrics([
    gauge('ready', 'The whole table is loaded.', loaded ? 1 : 0),
    gauge('deaf', 'The API server was not heard for long: requests with a key are refused.', deaf ? 1 : 0),
    gauge('table_entries', 'Entries of the table.', table.entries),
    counter('table_writes_total', 'Entries that were changed one by one.', table.writes),
    counter('table_loads_total', 'Loads of the whole table.', table.loads),
    gauge('tombstones', 'Keys of sandboxes that are gone.', held?.table.tombstones.length ?? 0),
    counter('hops_lost_total', 'Gaps in the numbers of hops: receipts over them are incomplete.', hopsLost),
    {
      name: 'seatrial_router_forks',
      help: 'Forks by what the table says of them.',
      type: 'gauge',
      values: [
        [{ state: 'routed' }, forks('fork')],
        [{ state: 'refused' }, forks('refused')],
      ],
    },
  ]);
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .flatMap(({ name, help, type, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...values.map(([labels, value]) => `${name}${renderLabels(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels);
  if (all.length === 0) return '';
  return `{${all.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`;
}
