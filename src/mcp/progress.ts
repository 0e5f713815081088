import type { ServerContext } from '@modelcontextprotocol/server';
import type { ToolCall } from '../tool/tool.ts';

const leastMs = 250;
const heartbeatMs = 5000;

/**
 * Progress for a call whose client asked for it: at most four messages a second, and one every five seconds while
 * nothing happens, so that a client's time-out, where it counts from the last message, does not fire.
 */
export function startProgress(ctx: ServerContext): { report: ToolCall['progress']; end: () => void } {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { report: () => {}, end: () => {} };
  const startedAt = Date.now();
  let count = 0;
  let sentAt = 0;
  let last = 'Waiting';
  const send = (message: string) => {
    if (ctx.mcpReq.signal.aborted) return;
    count += 1;
    sentAt = Date.now();
    ctx.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress: count, message } })
      // The caller has gone away, which its signal tells as well.
      .catch(() => {});
  };
  const heartbeat = setInterval(() => {
    if (Date.now() - sentAt < heartbeatMs - leastMs) return;
    send(`${last} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  }, heartbeatMs);
  return {
    report: ({ message }) => {
      last = message;
      if (Date.now() - sentAt >= leastMs) send(message);
    },
    end: () => clearInterval(heartbeat),
  };
}
