import { createHash } from 'node:crypto';
import { homedir, tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import type { Env } from './env.ts';

/** Where the host of one repository keeps what. All paths are absolute; nothing is created here. */
export interface HostFolders {
  /** Snapshots, objects, set-up caches: may be removed at any time when no host runs. */
  readonly cache: string;
  /** Runs, reports, logs and the journal. */
  readonly state: string;
  /** Socket, lock and what else dies with the host. */
  readonly runtime: string;
  readonly socket: string;
  readonly lock: string;
  /** There while a client starts a host, so that ten clients don't start ten. */
  readonly startTurn: string;
  /** Who the host is: pid and version, for the messages of clients that cannot reach it. */
  readonly card: string;
  readonly log: string;
  readonly journal: string;
  readonly runs: string;
}

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, its end included. */
const longestSocket = 100;

/**
 * SEATRIAL_HOME holds everything where it is set (but for a socket that would be too long there); else the folders of
 * the XDG Base Directory Specification, which ignores relative values.
 */
export function hostFolders(commonDir: string, env: Env): HostFolders {
  const home = absolute(env.SEATRIAL_HOME);
  const id = digest(commonDir);
  const label = `${basename(commonDir) === '.git' ? basename(join(commonDir, '..')) : basename(commonDir)}`;
  const named = `${label.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40)}-${id.slice(0, 12)}`;
  const user = absolute(env.HOME) ?? homedir();
  const under = (kind: 'cache' | 'state', variable: string, usual: string) =>
    home === null
      ? join(absolute(env[variable]) ?? join(user, usual), 'seatrial', named)
      : join(home, kind, named);
  const state = under('state', 'XDG_STATE_HOME', '.local/state');
  const runtime = runtimeFolder(home, id, env);
  return {
    cache: under('cache', 'XDG_CACHE_HOME', '.cache'),
    state,
    runtime,
    socket: join(runtime, 'host.sock'),
    lock: join(runtime, 'host.lock'),
    startTurn: join(runtime, 'starting'),
    card: join(runtime, 'host.json'),
    log: join(state, 'host.log'),
    journal: join(state, 'journal.json'),
    runs: join(state, 'runs'),
  };
}

function runtimeFolder(home: string | null, id: string, env: Env): string {
  const user = `seatrial-${userInfo().uid}`;
  const short = id.slice(0, 16);
  // A home of its own means a host of its own, wherever its socket has to lie.
  const own = home === null ? short : digest(`${home}\0${id}`).slice(0, 16);
  const candidates = [
    ...(home === null ? [] : [join(home, 'run', short)]),
    ...[absolute(env.XDG_RUNTIME_DIR), absolute(env.TMPDIR), tmpdir(), '/tmp']
      .filter((base) => base !== null)
      .map((base) => join(base, user, own)),
  ];
  const fits = (folder: string) => Buffer.byteLength(join(folder, 'host.sock')) <= longestSocket;
  return candidates.find(fits) ?? join('/tmp', user, own);
}

function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') ? path : null;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
