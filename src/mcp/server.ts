import { McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { catalogue } from '../../tools/catalogue.ts';
import type { Services } from '../../tools/support/services.ts';
import { callTool } from './call-tool.ts';
import { instructions } from './instructions.ts';
import { registerResources } from './resources.ts';
import type { Seen } from './seen.ts';

export interface ServerParts {
  readonly version: string;
  readonly services: Services;
  readonly seen: Seen;
}

/** One server object. Over HTTP one is made for each request, so whatever must last is in the parts. */
export function buildServer({ version, services, seen }: ServerParts): McpServer {
  const server = new McpServer(
    { name: 'seatrial', title: 'Seatrial', version },
    { instructions, capabilities: { tools: {}, resources: {} } },
  );
  for (const tool of catalogue) {
    server.registerTool(
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: shown(tool.input),
        outputSchema: tool.output,
        annotations: tool.risk,
      },
      (input, ctx) => callTool(tool, input, services, seen, ctx),
    );
  }
  registerResources(server, services, seen);
  return server;
}

/**
 * The schema as it is shown, but not checked here: the tool checks it, and answers with an error of ours that has a
 * code and names the next step.
 */
function shown(schema: z.ZodObject): StandardSchemaWithJSON {
  return { '~standard': { ...schema['~standard'], validate: (value) => ({ value }) } };
}
