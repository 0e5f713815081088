import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../log.ts';
import type { Surroundings } from '../tool/surroundings.ts';
import { atMost, untilClientGone } from './lifetime.ts';
import { buildServer, type ServerParts } from './server.ts';

const closeMs = 5000;

/** Serves one client over stdin and stdout until it is gone. stdout carries the protocol and nothing else. */
export async function serveOverStdio(
  parts: ServerParts,
  surroundings: Surroundings,
  log: Log,
): Promise<number> {
  const gone = untilClientGone(surroundings);
  const handle = serveStdio(() => buildServer(parts), {
    transport: new StdioServerTransport(surroundings.stdin, surroundings.stdout),
    onerror: (error) => log.warn('mcp-error', { message: error.message }),
  });
  const reason = await gone;
  log.debug('mcp-ends', { reason });
  await atMost(closeMs, handle.close());
  return 0;
}
