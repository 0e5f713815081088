import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { Services } from '../../tools/support/services.ts';
import { renderError, toErrorData } from '../errors.ts';
import type { AnyTool } from '../tool/tool.ts';
import { startProgress } from './progress.ts';
import type { Seen } from './seen.ts';

/** Where an error result carries its code: clients of SDK 1.x check `structuredContent` of errors against the output schema. */
const errorMeta = 'seatrial.dev/error';

/** One call as MCP wants it: text and structured content, or an error that the model can act on. Never rejects. */
export async function callTool(
  tool: AnyTool<Services>,
  input: unknown,
  services: Services,
  seen: Seen,
  ctx: ServerContext,
): Promise<CallToolResult> {
  const progress = startProgress(ctx);
  try {
    const { text, data } = await tool.call(input, services, {
      signal: ctx.mcpReq.signal,
      progress: progress.report,
    });
    seen.note(data);
    return { content: [{ type: 'text', text }], structuredContent: { ...data } };
  } catch (error) {
    const data = toErrorData(error);
    return {
      isError: true,
      content: [{ type: 'text', text: renderError(data) }],
      _meta: { [errorMeta]: { ...data } },
    };
  } finally {
    progress.end();
  }
}
