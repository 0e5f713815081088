import { McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { catalogue } from '../../tools/catalogue.ts';
import type { Services } from '../../tools/support/services.ts';
import { jsonSchema } from '../tool/json-schema.ts';
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
        inputSchema: shown(tool.input, 'input'),
        outputSchema: shown(tool.output, 'output'),
        annotations: tool.risk,
      },
      (input, ctx) => callTool(tool, input, services, seen, ctx),
    );
  }
  registerResources(server, services, seen);
  return server;
}

/**
 * The input's schema is shown, but not checked here: the tool checks it, and answers with an error of ours that has a
 * code and names the next step. The output is checked, as nobody else does.
 */
function shown(schema: z.ZodObject, io: 'input' | 'output'): StandardSchemaWithJSON {
  const standard = schema['~standard'];
  const json = () => ({ ...jsonSchema(schema, io) });
  return {
    '~standard': {
      version: 1,
      vendor: 'seatrial',
      validate: io === 'output' ? (value) => standard.validate(value) : (value) => ({ value }),
      jsonSchema: { input: json, output: json },
    },
  };
}
