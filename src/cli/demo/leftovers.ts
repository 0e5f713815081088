import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface Leftover {
  readonly processes: readonly string[];
  readonly ports: readonly number[];
}

/**
 * What still runs or listens of a demo. A process belongs to it if its environment or command line names the
 * scratch folder: every process that the demo started has SEATRIAL_HOME in there. Waits up to `seconds` for the end
 * of the host, which goes by itself soon after the last lease.
 */
export async function findLeftovers(
  folder: string,
  ports: readonly number[],
  own: number,
  seconds: number,
): Promise<Leftover> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const processes = await processesNaming(folder, own);
    const open = await Promise.all(ports.map(async (port) => ((await listens(port)) ? port : null)));
    const left = { processes, ports: open.filter((port) => port !== null) };
    if ((left.processes.length === 0 && left.ports.length === 0) || Date.now() > deadline) return left;
    await sleep(50);
  }
}

async function processesNaming(folder: string, own: number): Promise<string[]> {
  let pids: string[];
  try {
    pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  } catch {
    return processesByPs(folder, own);
  }
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (Number(pid) === own) return null;
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [environ, cmdline] = await Promise.all([read('environ'), read('cmdline')]);
      return `${environ}\0${cmdline}`.includes(folder)
        ? `${pid} ${cmdline.replaceAll('\0', ' ').trim()}`
        : null;
    }),
  );
  return found.filter((line) => line !== null);
}

/** Where there is no /proc (macOS): `ps -E` shows the environment of one's own processes. */
async function processesByPs(folder: string, own: number): Promise<string[]> {
  const { stdout } = await exec('ps', ['-axwwE', '-o', 'pid=,command='], { maxBuffer: 16 << 20 });
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line.includes(folder) && Number.parseInt(line, 10) !== own && !line.includes('ps -axwwE'),
    );
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
