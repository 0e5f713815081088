import { Agent, request } from 'node:http';
import { z } from 'zod';
import { ports } from '../../sandbox/cluster-names.ts';
import type { RouterRoutes } from '../agent-api.ts';

/** Asks the agents of routers (`operator/agent-api.ts`). Rejects when one does not answer, or answers nonsense. */
export interface AgentClient {
  /** Waits up to `waitMs` for a version after the given one. Without a sandbox: what the router says of itself. */
  routes(
    address: string,
    query: { readonly sandbox: string; readonly after: number | null; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<RouterRoutes>;
  tombstoneLoaded(address: string, key: string, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

const routesAnswer = z.object({
  version: z.number(),
  loaded: z.boolean(),
  trouble: z.string().nullable().default(null),
  forks: z.array(
    z.object({
      service: z.string(),
      state: z.enum(['routed', 'refused']),
      reason: z.string().nullable(),
      instance: z.string().nullable(),
      sandboxUid: z.string().exactOptional(),
      canary: z.enum(['pending', 'seen', 'not-needed']),
      listens: z.boolean().default(true),
      message: z.string().nullable(),
    }),
  ),
});
const tombstoneAnswer = z.object({ loaded: z.boolean() });

const maxAnswerBytes = 1024 * 1024;
/** Beyond what the agent was asked to wait for. */
const answerWithinMs = 3_000;

export function createAgentClient(): AgentClient {
  const agent = new Agent({ keepAlive: true });
  async function get(
    address: string,
    path: string,
    query: Readonly<Record<string, string>>,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
    return JSON.parse(await getText(agent, address, `${path}?${new URLSearchParams(query)}`, within));
  }
  return {
    routes: async (address, { sandbox, after, waitMs }, signal) => {
      const query = {
        ...(sandbox === '' ? {} : { sandbox }),
        wait: String(waitMs),
        ...(after === null ? {} : { after: String(after) }),
      };
      return routesAnswer.parse(await get(address, '/v1/routes', query, waitMs + answerWithinMs, signal));
    },
    tombstoneLoaded: async (address, key, signal) =>
      tombstoneAnswer.parse(await get(address, '/v1/tombstones', { key }, answerWithinMs, signal)).loaded,
    close: () => agent.destroy(),
  };
}

function getText(agent: Agent, host: string, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, port: ports.routerAgent, path, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) sent.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`the agent answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
