import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { SeatrialError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Surroundings } from '../tool/surroundings.ts';
import { type HttpAddress, parseAddress } from './address.ts';
import { atMost, untilStopped } from './lifetime.ts';
import { buildServer, type ServerParts } from './server.ts';

const closeMs = 5000;
const path = '/mcp';

/** Serves Streamable HTTP on loopback until a stop signal. The working tree is the one it was started in. */
export async function serveOverHttp(
  address: string,
  parts: ServerParts,
  surroundings: Surroundings,
  log: Log,
): Promise<number> {
  const stopped = untilStopped(surroundings);
  const { server, close } = createHttpServer(parts, log);
  const { host, port } = await listen(server, parseAddress(address));
  surroundings.stderr.write(`Seatrial listens on http://${host}:${port}${path}\n`);
  log.debug('mcp-ends', { reason: await stopped });
  await atMost(closeMs, close());
  server.closeAllConnections();
  return 0;
}

/** Host and Origin are checked before anything else: a web page must not reach this through a name that it rebinds. */
function createHttpServer(parts: ServerParts, log: Log): { server: Server; close: () => Promise<void> } {
  const hostAllowed = localhostHostValidation();
  const originAllowed = localhostOriginValidation();
  const onerror = (error: Error) => log.warn('mcp-error', { message: error.message });
  const mcp = createMcpHandler(() => buildServer(parts), { onerror });
  const handle = toNodeHandler(mcp, { onerror });
  const server = createServer((request, response) => {
    if (!hostAllowed(request, response) || !originAllowed(request, response)) return;
    if (request.url?.split('?')[0] !== path) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`The MCP endpoint is ${path}.\n`);
      return;
    }
    // A server's request always has both.
    handle(request as IncomingMessage & { method: string; url: string }, response).catch(onerror);
  });
  const close = async () => {
    const ended = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await mcp.close();
    await ended;
  };
  return { server, close };
}

async function listen(server: Server, address: HttpAddress): Promise<{ host: string; port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(notListening(address, error)));
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { host: address.host.includes(':') ? `[${address.host}]` : address.host, port };
}

function notListening({ host, port }: HttpAddress, cause: Error): SeatrialError {
  const taken = 'code' in cause && cause.code === 'EADDRINUSE';
  return new SeatrialError(
    'invalid-argument',
    {
      what: `Port ${port} on ${host} cannot be listened on${taken ? ': it is taken' : ''}.`,
      next: 'Choose another port; with `--http 0` any free one is taken and printed.',
    },
    { cause },
  );
}
