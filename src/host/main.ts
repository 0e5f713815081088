import { statSync } from 'node:fs';
import { rm, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Env } from './env.ts';
import { type HostFolders, hostFolders } from './folders.ts';
import { startLife } from './life.ts';
import { type Lock, takeLock } from './lock.ts';
import { privateFolder } from './private-folder.ts';
import type { Card } from './protocol.ts';
import { type HostService, serveHost } from './server.ts';
import { greet, readCard } from './start.ts';

export interface Hosted {
  readonly service: HostService;
  /** What must not be lost: live sandboxes and running runs. */
  serves(): { readonly sandboxes: number; readonly runs: number };
  /** Ends all of it. */
  close(): Promise<void>;
}

export interface HostProgram {
  readonly commonDir: string;
  readonly env: Env;
  readonly version: string;
  readonly pid: number;
  /** Aborts at SIGTERM and SIGINT. */
  readonly stop: AbortSignal;
  readonly log: Log;
  /** Made when the lock is held: whatever the host before left may be cleaned up now. */
  readonly createService: (folders: HostFolders) => Promise<Hosted>;
}

const defaultIdleSeconds = 5;

/** Runs the host of a repository until nothing needs it or `stop` aborts. Resolves with the exit code. */
export async function runHost(program: HostProgram): Promise<number> {
  const folders = hostFolders(program.commonDir, program.env);
  const { log } = program;
  await privateFolder(folders.runtime);
  const lock = await waitForLock(folders, program.stop);
  if (lock === null) return 0;
  try {
    const card: Card = { pid: program.pid, version: program.version, startedAt: new Date().toISOString() };
    await writeFile(folders.card, JSON.stringify(card), { mode: 0o600 });
    const hosted = await program.createService(folders);
    log.info('host-started', { ...card, repository: program.commonDir });
    const how = await serveUntilOver(program, folders, hosted);
    log.info('host-ended', { how });
    return 0;
  } finally {
    // Where the folder was removed and made anew, these are another host's.
    if ((await readCard(folders))?.pid === program.pid) await rm(folders.card, { force: true });
    await lock.release();
    // Stays where a client is just starting the next host.
    await rmdir(folders.runtime).catch(() => {});
  }
}

async function serveUntilOver(program: HostProgram, folders: HostFolders, hosted: Hosted): Promise<string> {
  const asked = new AbortController();
  const life = startLife({
    idleMs: idleMs(program.env),
    serves: () => hosted.serves().sandboxes + hosted.serves().runs,
    stop: AbortSignal.any([program.stop, asked.signal]),
  });
  const serves = () => ({ ...hosted.serves(), calls: life.calls() });
  try {
    const server = await serveHost({
      socket: folders.socket,
      service: hosted.service,
      hello: () => ({
        seatrial: 'host',
        version: program.version,
        pid: program.pid,
        repository: program.commonDir,
        serves: serves(),
      }),
      track: life.track,
      exit: () => {
        const { sandboxes, runs, calls } = serves();
        if (sandboxes + runs + calls > 0) return false;
        asked.abort();
        return true;
      },
      log: program.log,
    });
    const socket = watchSocket(folders.socket, () => asked.abort());
    const how = await life.over;
    socket.end();
    // From here on clients find no socket and start the next host, which waits for our lock.
    server.refuse();
    const lost = socket.lost();
    if (!lost) await rm(folders.socket, { force: true });
    await hosted.close();
    // Closing removes the path, which is another host's by now; the end of the process closes ours all the same.
    if (!lost) await server.close();
    return lost ? 'socket-lost' : how;
  } catch (error) {
    await hosted.close();
    throw error;
  }
}

/**
 * A host whose socket was removed is reached by nobody any more, and the next call starts another one: it ends, or it
 * would keep its sandboxes until their leases end.
 */
function watchSocket(socket: string, whenLost: () => void) {
  const inode = () => statSync(socket, { throwIfNoEntry: false })?.ino;
  const ours = inode();
  const lost = () => inode() !== ours;
  const timer = setInterval(() => lost() && whenLost(), 1000);
  return { lost, end: () => clearInterval(timer) };
}

function idleMs(env: Env): number {
  const asked = Number(env.SEATRIAL_HOST_IDLE_SECONDS);
  const seconds = env.SEATRIAL_HOST_IDLE_SECONDS !== undefined && asked >= 0 ? asked : defaultIdleSeconds;
  return Math.min(seconds, 3600) * 1000;
}

/** The lock, or null where another host answers. The host before may still be ending: its lock is waited for. */
async function waitForLock(folders: HostFolders, stop: AbortSignal): Promise<Lock | null> {
  for (const started = Date.now(); Date.now() - started < 30_000; ) {
    const lock = takeLock(folders.lock);
    if (lock !== null) return lock;
    if ((await greet(folders, 5000, stop)) !== null) return null;
    await sleep(30, undefined, { signal: stop });
    await privateFolder(folders.runtime);
  }
  throw new Error('another process holds the lock of the host and neither answers nor ends');
}
