import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { binary, type Place } from './binary.ts';

/** An MCP client of SDK 2.x on a server of its own, over stdio. */
export async function connectStdio(
  place: Place,
): Promise<{ client: Client; transport: StdioClientTransport }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [binary, 'mcp'],
    cwd: place.cwd,
    env: { ...place.env },
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  return { client, transport };
}

/** The text of a tool's result. */
export function textOf(result: object): string {
  const [first] = 'content' in result && Array.isArray(result.content) ? result.content : [];
  return first?.type === 'text' ? String(first.text) : '';
}
