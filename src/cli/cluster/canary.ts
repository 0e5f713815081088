import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '../../cluster/channel.ts';
import { baselineKey } from '../../routing/key.ts';

const patienceMs = 8_000;
/** A router counts a hop a moment after the answer. */
const countedMs = 2_000;

export interface CanaryTrouble {
  readonly kind: 'past-the-router' | 'baseline-down' | 'no-answer';
  /** Of the Service, without a full stop. */
  readonly what: string;
}

/**
 * Sends one request with the reserved key to a Service as the gateway does, and looks whether a router counted it.
 * What the Service itself answers is its own affair: it need not know HEAD, nor HTTP/1.1.
 */
export async function sendCanary(
  channel: Channel,
  service: string,
  port: number,
  signal: AbortSignal,
): Promise<CanaryTrouble | null> {
  const correlation = randomBytes(4).toString('hex');
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const head = await ask(channel, service, port, correlation, bounded);
    const reason = /^x-seatrial-error: *(\S+)/im.exec(head)?.[1];
    if (reason === 'baseline-unreachable') {
      return {
        kind: 'baseline-down',
        what: 'the canary reached a router, and no pod behind it takes connections',
      };
    }
    if (reason !== undefined) return { kind: 'no-answer', what: `a router refused the canary: ${reason}` };
    if (await isCounted(channel, service, correlation, bounded)) return null;
    return head === ''
      ? { kind: 'no-answer', what: 'the canary did not come back' }
      : { kind: 'past-the-router', what: 'the canary was answered, and passed no router' };
  } catch (error) {
    signal.throwIfAborted();
    if (bounded.aborted) {
      return { kind: 'no-answer', what: `the canary did not come back within ${patienceMs / 1000} s` };
    }
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : 'no answer';
    return { kind: 'no-answer', what: why };
  }
}

/** The head of the answer; empty where the connection ended without one. */
async function ask(
  channel: Channel,
  service: string,
  port: number,
  correlation: string,
  signal: AbortSignal,
): Promise<string> {
  const stream = await channel.dial(service, port, signal);
  const abort = () => stream.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    // Not ended: to a router, a caller that has closed its side wants no answer any more.
    stream.write(
      `HEAD / HTTP/1.1\r\nHost: ${service}\r\nbaggage: seatrial=${baselineKey}.${correlation}\r\nConnection: close\r\n\r\n`,
    );
    let answer = '';
    for await (const chunk of stream.iterator({ destroyOnReturn: true })) {
      answer += String(chunk);
      if (answer.includes('\r\n\r\n') || answer.length > 65_536) break;
    }
    return answer;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function isCounted(
  channel: Channel,
  service: string,
  correlation: string,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + countedMs;
  for (;;) {
    const { counts } = await channel.receipts({ key: baselineKey, correlations: [correlation] }, signal);
    if (counts.some((count) => count.correlation === correlation && count.service === service)) return true;
    if (Date.now() > deadline) return false;
    await sleep(100, undefined, { signal });
  }
}
