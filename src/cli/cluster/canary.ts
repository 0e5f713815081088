import { randomBytes } from 'node:crypto';
import type { Channel } from '../../cluster/channel.ts';
import { baselineKey } from '../../routing/key.ts';

const patienceMs = 5_000;

/**
 * Sends one request with the reserved key to a Service as the gateway does, and looks whether a router counted it.
 * Gives what is wrong, or null.
 */
export async function sendCanary(
  channel: Channel,
  service: string,
  port: number,
  signal: AbortSignal,
): Promise<string | null> {
  const correlation = randomBytes(4).toString('hex');
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const stream = await channel.dial(service, port, bounded);
    const head = `HEAD / HTTP/1.1\r\nHost: ${service}\r\nbaggage: seatrial=${baselineKey}.${correlation}\r\nConnection: close\r\n\r\n`;
    let answer = '';
    stream.end(head);
    for await (const chunk of stream.iterator({ destroyOnReturn: true })) {
      answer += String(chunk);
      if (answer.includes('\r\n') || answer.length > 4_096) break;
    }
    if (!/^HTTP\/1\.[01] [1-5]/.test(answer)) return 'it does not answer HTTP';
    const { counts } = await channel.receipts({ key: baselineKey, correlations: [correlation] }, bounded);
    const seen = counts.some((count) => count.correlation === correlation && count.service === service);
    return seen ? null : 'the request passed no router';
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : 'no answer';
  }
}
