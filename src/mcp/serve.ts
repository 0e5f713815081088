import { createServices } from '../../tools/support/services.ts';
import { createLog, type LogLevel } from '../log.ts';
import type { Surroundings } from '../tool/surroundings.ts';
import { createSeen } from './seen.ts';

/** `seatrial mcp`: over stdio, or over HTTP where an address is given. Resolves with the exit code. */
export async function serveMcp(http: string | null, surroundings: Surroundings): Promise<number> {
  const level: LogLevel = surroundings.env.SEATRIAL_DEBUG === undefined ? 'warn' : 'debug';
  const log = createLog((line) => surroundings.stderr.write(line), level);
  const parts = {
    version: surroundings.version,
    services: createServices(surroundings),
    seen: createSeen(),
  };
  if (http === null) {
    const { serveOverStdio } = await import('./stdio.ts');
    return serveOverStdio(parts, surroundings, log);
  }
  const { serveOverHttp } = await import('./http.ts');
  return serveOverHttp(http, parts, surroundings, log);
}
