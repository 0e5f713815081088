import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';

/** The scripted agent's end of MCP: a real client of the official SDK, over stdio. */
export interface Agent {
  readonly instructions: string;
  /** Calls a tool, and again as its result says, until it is done. Throws what the tool says where it could not run. */
  call(tool: string, input: Record<string, unknown>): Promise<Data>;
  close(): Promise<void>;
}

export type Data = Readonly<Record<string, unknown>>;

const content = z.array(z.looseObject({ type: z.string(), text: z.string().optional() }));

export async function startAgent(
  command: { readonly execPath: string; readonly main: string },
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: command.execPath,
    args: [command.main, 'mcp'],
    cwd,
    env: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    stderr: 'pipe',
  });
  const client = new Client({ name: 'seatrial-demo', version: '1.0.0' });
  await client.connect(transport);
  const once = async (name: string, input: Record<string, unknown>): Promise<Data> => {
    const result = await client.callTool({ name, arguments: input });
    if (result.isError === true) {
      throw new Error(
        content
          .parse(result.content)
          .map(({ text }) => text ?? '')
          .join('\n'),
      );
    }
    return z.record(z.string(), z.unknown()).parse(result.structuredContent);
  };
  return {
    instructions: client.getInstructions() ?? '',
    async call(name, input) {
      let result = await once(name, input);
      while (result.state === 'running' || result.state === 'provisioning') {
        result = await once(
          name,
          result.state === 'running' ? { run: result.run } : { sandbox: result.sandbox },
        );
      }
      return result;
    },
    close: () => client.close(),
  };
}
