import { readFile } from 'node:fs/promises';

/** States of /proc/net/tcp in which the other side may still send: ESTABLISHED. */
const established = '01';

/**
 * Connections to each local port, idle ones included, which HAProxy does not list. From the kernel's table of the
 * pod's network (proc(5)), which all containers of the pod share; empty where there is none.
 */
export async function openConnections(folder = '/proc/net'): Promise<ReadonlyMap<number, number>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => '')),
  );
  const counts = new Map<number, number>();
  for (const line of tables.flatMap((text) => text.split('\n').slice(1))) {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    if (state === established && Number.isInteger(port)) counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  return counts;
}
