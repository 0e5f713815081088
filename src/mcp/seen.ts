import { z } from 'zod';

/**
 * The runs and logs that results of this server named: what `resources/list` shows. Asking the host instead would
 * start it whenever a client merely connects.
 */
export interface Seen {
  note(result: unknown): void;
  runs(): readonly string[];
  logs(): readonly { readonly sandbox: string; readonly service: string }[];
}

const most = 50;

const result = z.object({
  run: z.string().optional(),
  report: z.unknown().optional(),
  sandbox: z.string().nullish(),
  forks: z.array(z.object({ service: z.string() })).optional(),
});

export function createSeen(): Seen {
  const runs = new Set<string>();
  const logs = new Map<string, { sandbox: string; service: string }>();
  return {
    note(data) {
      const { success, data: found } = result.safeParse(data);
      if (!success) return;
      if (found.run !== undefined && found.report) add(runs, found.run);
      for (const { service } of found.forks ?? []) {
        if (typeof found.sandbox !== 'string') continue;
        logs.set(`${found.sandbox}/${service}`, { sandbox: found.sandbox, service });
        if (logs.size > most) logs.delete(logs.keys().next().value ?? '');
      }
    },
    runs: () => [...runs],
    logs: () => [...logs.values()],
  };
}

function add(runs: Set<string>, run: string): void {
  runs.add(run);
  if (runs.size > most) runs.delete(runs.values().next().value ?? '');
}
