/** What `wrk` (Debian's) measured in one round. A load generator written in Node would be what is measured. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Micros: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** `name: value` each. */
  readonly headers: readonly string[];
}

export function wrkArgs({ url, connections, seconds, headers }: LoadOptions): readonly string[] {
  const given = headers.flatMap((header) => ['-H', header]);
  return ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...given, url];
}

/** Throws where an answer was no success, a connection broke, or nothing was answered: such a round measures nothing. */
export function readWrk(stdout: string): Load {
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  if (requests === 0 || /Non-2xx|(?:connect|read|write) [1-9]/.test(stdout)) throw new Error(stdout);
  const [, p50 = '', unit = ''] = /50%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  return {
    requests,
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN),
    p50Micros: Number(p50) * (unit === 'us' ? 1 : unit === 'ms' ? 1000 : 1e6),
  };
}

/** User and system time in a `/proc/<pid>/stat`, in seconds; ticks of 10 ms. */
export function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
