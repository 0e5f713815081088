import { request as httpRequest } from 'node:http';
import { connect as connectH2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Address } from '../../routing/table.ts';
import type { ProbeCheck } from './probe-plan.ts';

/** Why a pod does not serve. */
export interface Trouble {
  /** False: nothing took the connection. */
  readonly listens: boolean;
  /** A sentence. */
  readonly message: string;
}

/** What keeps the pod from answering as it should, within the time; null where nothing does. Never rejects. */
export function ask(check: ProbeCheck, timeoutMs: number): Promise<Trouble | null> {
  switch (check.kind) {
    case 'tcp':
      return askTcp(check.address, timeoutMs);
    case 'http':
      return askHttp(check, timeoutMs);
    case 'grpc':
      return askGrpc(check.address, check.service, timeoutMs);
  }
}

function askTcp(address: Address, timeoutMs: number): Promise<Trouble | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port });
    const end = (trouble: Trouble | null) => {
      socket.destroy();
      resolve(trouble);
    };
    const nothing = { listens: false, message: `Nothing listens on port ${address.port} of the fork.` };
    socket.setTimeout(timeoutMs, () => end(nothing));
    socket.on('connect', () => end(null)).on('error', () => end(nothing));
  });
}

/** As the kubelet: 200 to 399, certificates not checked, redirects not followed. */
function askHttp(check: Extract<ProbeCheck, { kind: 'http' }>, timeoutMs: number): Promise<Trouble | null> {
  return new Promise((resolve) => {
    const { address, path, tls } = check;
    const headers: Record<string, string> = { 'user-agent': 'seatrial-probe', accept: '*/*' };
    for (const [name, value] of check.headers) headers[name.toLowerCase()] = value;
    const options = { ...address, path, headers, agent: false as const, timeout: timeoutMs };
    const trouble = (what: string): Trouble => ({
      listens: true,
      message: `Its readiness probe, GET ${path} on port ${address.port}, ${what}.`,
    });
    try {
      const sent = tls
        ? httpsRequest({ ...options, rejectUnauthorized: false })
        : httpRequest({ ...options });
      const limit = setTimeout(() => sent.destroy(new Error('time-out')), timeoutMs);
      sent
        .on('response', (answer) => {
          const status = answer.statusCode ?? 0;
          answer.destroy();
          resolve(status >= 200 && status < 400 ? null : trouble(`got the answer ${status}`));
        })
        .on('error', () => resolve(trouble('got no answer')))
        .on('close', () => clearTimeout(limit))
        .end();
    } catch {
      // A path or header that Node does not send.
      resolve(trouble('cannot be sent'));
    }
  });
}

/** `grpc.health.v1.Health/Check` over HTTP/2 without TLS: SERVING is the one good answer. */
function askGrpc({ host, port }: Address, service: string, timeoutMs: number): Promise<Trouble | null> {
  return new Promise((resolve) => {
    const session = connectH2(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const end = (answer: boolean) => {
      clearTimeout(limit);
      session.destroy();
      const message = `Its readiness probe, gRPC health on port ${port}, does not answer SERVING.`;
      resolve(answer ? null : { listens: true, message });
    };
    const limit = setTimeout(() => end(false), timeoutMs);
    session.on('error', () => end(false));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => end(false))
      .on('end', () => end(isServing(Buffer.concat(chunks))))
      .end(healthCheckRequest(service));
  });
}

/** A frame of gRPC (flag, length) around `HealthCheckRequest { string service = 1 }`. */
export function healthCheckRequest(service: string): Buffer {
  const name = Buffer.from(service).subarray(0, 127);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }` with SERVING, which is 1. */
export function isServing(frame: Buffer): boolean {
  return frame.length >= 7 && frame[0] === 0 && frame[5] === 0x08 && frame[6] === 0x01;
}
