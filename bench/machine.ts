import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were measured on, in one line. The load is that of the last minute: other programs count. */
export function machine(): string {
  const [first] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${gib} GiB, Linux ${release()}, Node ${process.version}, load ${load}`;
}
