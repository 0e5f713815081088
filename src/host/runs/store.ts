import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import type { Evidence } from '../../verdict/evidence.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { isRunId, type RunRecord, runRecord } from './run.ts';

const keptRuns = 200;
const keptMs = 30 * 24 * 3600 * 1000;

export interface RunFiles {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly report: string;
}

export interface RunStore {
  /** All that is kept, the oldest first. */
  list(): Promise<readonly RunRecord[]>;
  read(run: string): Promise<RunRecord | null>;
  readVerdict(run: string): Promise<Verdict | null>;
  readEvidence(run: string): Promise<Evidence | null>;
  /** The record alone: at the start, and where there is neither evidence nor verdict. */
  put(record: RunRecord): Promise<void>;
  /** Evidence, verdict and report first, then the record that says `done`. */
  finish(record: RunRecord, files: RunFiles): Promise<void>;
  reportFile(run: string): string;
}

/** Runs on disk, a folder each. What a host that died left as running is an error by now. */
export async function openRunStore(folder: string, log: Log): Promise<RunStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (run: string, name: string) => join(folder, run, name);

  const write = async (run: string, name: string, text: string) => {
    await mkdir(join(folder, run), { recursive: true, mode: 0o700 });
    const temporary = file(run, `.${name}.new`);
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, file(run, name));
  };
  const readJson = async (run: string, name: string): Promise<unknown> => {
    if (!isRunId(run)) return null;
    try {
      return JSON.parse(await readFile(file(run, name), 'utf8'));
    } catch {
      return null;
    }
  };
  const read = async (run: string) => {
    const parsed = runRecord.safeParse(await readJson(run, 'run.json'));
    return parsed.success && parsed.data.run === run ? parsed.data : null;
  };
  const list = async () => {
    const names = (await readdir(folder)).filter(isRunId);
    const records = (await Promise.all(names.map(read))).filter((record) => record !== null);
    return records.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  };
  const put = async (record: RunRecord) => {
    await write(record.run, 'run.json', JSON.stringify(record));
    await prune(folder, await list(), log);
  };

  for (const record of await list()) {
    if (record.state === 'running') await put({ ...record, state: 'error', doing: null, error: hostDied });
  }
  return {
    list,
    read,
    put,
    // Written by us, into a folder that is the user's alone: trusted as typed.
    readVerdict: async (run) => (await readJson(run, 'verdict.json')) as Verdict | null,
    readEvidence: async (run) => (await readJson(run, 'evidence.json')) as Evidence | null,
    async finish(record, { evidence, verdict, report }) {
      await write(record.run, 'evidence.json', JSON.stringify(evidence));
      await write(record.run, 'verdict.json', JSON.stringify(verdict));
      await write(record.run, 'report.md', report);
      await put(record);
    },
    reportFile: (run) => file(run, 'report.md'),
  };
}

const hostDied = {
  code: 'host-gone',
  what: 'The host died while this run was going on, so it has no verdict.',
  next: 'Call provision_sandbox and start the run again.',
} as const;

async function prune(folder: string, records: readonly RunRecord[], log: Log): Promise<void> {
  const oldest = new Date(Date.now() - keptMs).toISOString();
  const over = Math.max(0, records.length - keptRuns);
  const old = records.filter((each, index) => index < over || each.startedAt < oldest);
  for (const { run, state } of old) {
    if (state === 'running') continue;
    await rm(join(folder, run), { recursive: true, force: true }).catch((error: unknown) =>
      log.warn('run-not-removed', { run, error: String(error) }),
    );
  }
}
