import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { SeatrialError } from '../errors.ts';
import { groupMembers, numbersInProc, socketsOf, variableOf } from './process-table.ts';

/**
 * Ports for services lie below what the kernel hands out by itself (32768 and up on Linux, 49152 elsewhere): otherwise
 * any outgoing connection could take a port between our look and the service's own listen().
 */
const range = { first: 20_000, last: 31_999 } as const;

/** Ports of services of this host, so that none is given twice while its first service still starts. */
const given = new Set<number>();

/** A port that nobody listens on. It stays reserved within this host until `releasePort`. */
export async function takePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(range.first, range.last + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
    given.delete(port);
  }
  throw new SeatrialError('no-free-port', {
    what: `No free port was found between ${range.first} and ${range.last}.`,
    next: 'End programs that hold many ports, and call again.',
  });
}

/** A port whose service is started again stays reserved. */
export function keepPort(port: number): void {
  given.add(port);
}

export function releasePort(port: number): void {
  given.delete(port);
}

/** True where nobody listens on it, on either loopback address. */
async function isFree(port: number): Promise<boolean> {
  const bound = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
  // A service may listen on ::1 alone, as `localhost` often means.
  return bound && !(await accepts('::1', port));
}

/** Whether somebody accepts connections there. */
export async function accepts(host: string, port: number, timeoutMs = 1000): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/**
 * Whether the listener on a port may be the service with this mark. False only where it is seen to be another service of
 * ours, of this host or another: then answers on that port prove nothing about this one. Other owners (a container's
 * proxy) pass, and so does everything where there is no /proc.
 */
export async function mayListen(port: number, group: number, mark: string): Promise<boolean> {
  const inodes = await listenersOn(port);
  if (inodes.size === 0) return true;
  for (const member of await groupMembers(group)) {
    if (sharesAny(await socketsOf(member.pid), inodes)) return true;
  }
  for (const pid of await numbersInProc()) {
    if (!sharesAny(await socketsOf(pid), inodes)) continue;
    const owner = await variableOf(pid, 'SEATRIAL_MARK');
    if (owner !== null && owner !== mark) return false;
  }
  return true;
}

/** The ports that a process group listens on, for the hint about a service that ignores PORT. Empty without /proc. */
export async function portsOfGroup(group: number): Promise<number[]> {
  const table = await listeners();
  const ports = new Set<number>();
  for (const member of await groupMembers(group)) {
    for (const inode of await socketsOf(member.pid)) {
      const port = table.get(inode);
      if (port !== undefined) ports.add(port);
    }
  }
  return [...ports].toSorted((a, b) => a - b);
}

function sharesAny(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...others].some((each) => some.has(each));
}

async function listenersOn(port: number): Promise<Set<string>> {
  return new Set([...(await listeners())].filter(([, each]) => each === port).map(([inode]) => inode));
}

/** Listening sockets by inode (proc(5), /proc/net/tcp: local address is field 2, state field 4, inode field 10). */
async function listeners(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(file, 'latin1').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const port = fields[1]?.split(':')[1];
      const inode = fields[9];
      if (fields[3] === '0A' && port !== undefined && inode !== undefined) {
        found.set(inode, Number.parseInt(port, 16));
      }
    }
  }
  return found;
}
