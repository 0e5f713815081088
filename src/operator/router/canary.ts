import { request } from 'node:http';
import { connect } from 'node:http2';
import type { Pod } from '../../kube/objects.ts';
import { canaryPrefix } from '../../routing/haproxy/hop-feed.ts';
import { mintCorrelation } from '../../routing/key.ts';
import { probePlan } from './probe-plan.ts';

const answerWithinMs = 3000;

export interface Canary {
  readonly routerPort: number;
  readonly key: string;
  readonly pod: Pod;
  /** Of the pod, behind the router port. */
  readonly port: number;
}

/**
 * One request to the fork through HAProxy, as a caller's would go: the path that the readiness probe asks at that port,
 * else `OPTIONS *`. What it answered is told by the hop, not here. Never rejects.
 */
export async function sendCanary(canary: Canary): Promise<void> {
  const probes = probePlan(canary.pod, []).checks;
  const probe = probes.find(({ kind, address }) => kind !== 'tcp' && address.port === canary.port);
  const correlation = canaryPrefix + mintCorrelation().slice(canaryPrefix.length);
  const baggage = `seatrial=${canary.key}.${correlation}`;
  if (probe?.kind === 'grpc') return sendH2(canary.routerPort, baggage);
  const path = probe?.kind === 'http' ? probe.path : null;
  const headers = probe?.kind === 'http' ? probe.headers : [];
  const status = await sendH1(canary.routerPort, path, headers, baggage);
  // A service that speaks HTTP/2 alone.
  if (status === 502) await sendH2(canary.routerPort, baggage);
}

function sendH1(
  port: number,
  path: string | null,
  extra: readonly (readonly [string, string])[],
  baggage: string,
): Promise<number | null> {
  return new Promise((resolve) => {
    const headers: Record<string, string> = {};
    for (const [name, value] of extra) headers[name.toLowerCase()] = value;
    try {
      const sent = request({
        host: '127.0.0.1',
        port,
        method: path === null ? 'OPTIONS' : 'GET',
        path: path ?? '*',
        headers: { 'user-agent': 'seatrial-canary', ...headers, baggage },
        agent: false,
        timeout: answerWithinMs,
      });
      sent
        .on('response', (answer) => {
          answer.destroy();
          resolve(answer.statusCode ?? null);
        })
        .on('timeout', () => sent.destroy())
        .on('error', () => resolve(null))
        .end();
    } catch {
      resolve(null);
    }
  });
}

function sendH2(port: number, baggage: string): Promise<void> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = () => {
      clearTimeout(limit);
      session.destroy();
      resolve();
    };
    const limit = setTimeout(end, answerWithinMs);
    session.on('error', end);
    session
      .request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
        baggage,
      })
      .on('response', end)
      .on('error', end)
      .end(Buffer.alloc(5));
  });
}
