import { readdirSync, readFileSync } from 'node:fs';

export interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Processes that belong to a scratch folder: their environment or command line names it (Linux: /proc). The watchdog of
 * a host has an empty environment; it is known as a child of a process that belongs.
 */
export function processesOf(folder: string): Found[] {
  const all = everyProcess();
  const named = all.filter(({ pid, command }) =>
    `${command}\0${read(`/proc/${pid}/environ`)}`.includes(folder),
  );
  const pids = new Set(named.map(({ pid }) => pid));
  const watchdogs = all.filter(({ parent, command }) => pids.has(parent) && command.includes('watchdog'));
  return [...named, ...watchdogs.filter(({ pid }) => !pids.has(pid))];
}

export function alive(pid: number): boolean {
  return everyProcess().some((each) => each.pid === pid);
}

/** The host of a folder. */
export function hostOf(folder: string): Found | undefined {
  return processesOf(folder).find(({ command }) => / host --repository /.test(command));
}

/** The process of a service: of a sandbox's fork, or of the baseline where `sandbox` is null. */
export function serviceOf(folder: string, service: string, sandbox: string | null): number {
  const found = processesOf(folder).find(({ pid, command }) => {
    const named = /(?:^|\0)SEATRIAL_SANDBOX=([^\0]*)/.exec(read(`/proc/${pid}/environ`))?.[1] ?? null;
    return command.startsWith(`node ${service}/`) && named === sandbox;
  });
  if (found === undefined) throw new Error(`no process of ${service}`);
  return found.pid;
}

function everyProcess(): Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const status = read(`/proc/${name}/status`);
      if (status === '' || /^State:\s+[ZX]/m.test(status)) return [];
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
      return [{ pid: Number(name), parent, command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ') }];
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
