/** Counters and gauges in the text format of Prometheus (exposition format 0.0.4). */
export interface Metrics {
  /** Adds to a counter. `labels` in a fixed order by the caller. */
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** Asked when the metrics are read. */
  gauge(name: string, read: () => readonly Sample[]): void;
  /** Adds a measurement to a histogram, in seconds. */
  observe(name: string, seconds: number): void;
  render(): string;
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const bounds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120];

/** `help`: what each metric means, by name; a metric without help is a defect. */
export function createMetrics(help: Readonly<Record<string, string>>): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const gauges = new Map<string, () => readonly Sample[]>();
  const histograms = new Map<string, { buckets: number[]; sum: number; count: number }>();
  return {
    count: (name, labels = {}, by = 1) => {
      const series = counters.get(name) ?? new Map<string, number>();
      counters.set(name, series);
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    gauge: (name, read) => gauges.set(name, read),
    observe: (name, seconds) => {
      const known = histograms.get(name) ?? { buckets: bounds.map(() => 0), sum: 0, count: 0 };
      histograms.set(name, known);
      bounds.forEach((bound, at) => {
        if (seconds <= bound) known.buckets[at] = (known.buckets[at] ?? 0) + 1;
      });
      known.sum += seconds;
      known.count += 1;
    },
    render: () => {
      const lines: string[] = [];
      const head = (name: string, type: string) =>
        lines.push(`# HELP ${name} ${help[name] ?? ''}`, `# TYPE ${name} ${type}`);
      for (const [name, series] of counters) {
        head(name, 'counter');
        for (const [labels, value] of series) lines.push(`${name}${labels} ${value}`);
      }
      for (const [name, read] of gauges) {
        head(name, 'gauge');
        for (const { labels = {}, value } of read()) lines.push(`${name}${labelText(labels)} ${value}`);
      }
      for (const [name, { buckets, sum, count }] of histograms) {
        head(name, 'histogram');
        bounds.forEach((bound, at) => {
          lines.push(`${name}_bucket{le="${bound}"} ${buckets[at] ?? 0}`);
        });
        lines.push(`${name}_bucket{le="+Inf"} ${count}`, `${name}_sum ${sum}`, `${name}_count ${count}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
