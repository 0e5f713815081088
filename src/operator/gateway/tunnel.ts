import type { ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import { type ErrorData, SeatrialError } from '../../errors.ts';
import type { Service } from '../../kube/objects.ts';
import { callersService } from './services.ts';

const connectWithinMs = 10_000;

export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Where `CONNECT <service>:<port>` leads: to what callers in the namespace would reach by that name. */
export function destinationOf(
  authority: string,
  services: readonly Service[],
  namespace: string,
): Destination {
  const [, name = '', digits = ''] = /^([a-z0-9-]{1,63}):([0-9]{1,5})$/.exec(authority) ?? [];
  if (name === '') {
    throw new SeatrialError('invalid-argument', {
      what: `${JSON.stringify(authority.slice(0, 80))} is no Service with a port.`,
      next: 'Ask for `<service>:<port>`.',
    });
  }
  const service = callersService(name, services);
  const port = Number(digits);
  const ports = (service?.spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  if (service === null || service.spec.type === 'ExternalName') {
    throw new SeatrialError('unknown-service', {
      what: `Namespace ${namespace} has no Service ${name} that leads to its pods.`,
      next: 'Name a Service of the baseline; list_plans and provision_sandbox show them.',
    });
  }
  if (!ports.some((one) => one.port === port)) {
    throw new SeatrialError('unknown-service', {
      what: `Service ${name} has no TCP port ${port}; it has ${ports.map((one) => one.port).join(', ') || 'none'}.`,
      next: 'Use one of its ports.',
    });
  }
  const { clusterIP = 'None' } = service.spec;
  // A headless Service has no address of its own: its name resolves to its pods.
  const host = clusterIP === 'None' || clusterIP === '' ? `${name}.${namespace}.svc` : clusterIP;
  return { host, port };
}

/**
 * Joins a CONNECT stream with a connection to the Service, byte for byte: END_STREAM is FIN, a stream that is reset is
 * a connection that is reset, in both directions, and who does not read is not written to.
 */
export function serveTunnel(
  stream: ServerHttp2Stream,
  { host, port }: Destination,
  refuse: (status: number, error: ErrorData) => void,
): void {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const late = setTimeout(() => socket.destroy(new Error('no connection in time')), connectWithinMs);
  let joined = false;
  socket.on('connect', () => {
    clearTimeout(late);
    if (stream.destroyed || stream.closed) {
      socket.destroy();
      return;
    }
    joined = true;
    stream.respond({ ':status': 200 });
    socket.on('data', (bytes) => {
      if (!stream.writable) return;
      if (!stream.write(bytes)) socket.pause();
    });
    socket.on('end', () => {
      if (stream.writable) stream.end();
    });
    stream.on('drain', () => socket.resume());
    stream.on('data', (bytes: Buffer) => {
      if (socket.writable && !socket.write(bytes)) stream.pause();
    });
    socket.on('drain', () => stream.resume());
    stream.on('end', () => {
      // A stream that was reset ends, too, before it closes. To the service that must not look like a whole request.
      if (!stream.closed && !stream.aborted) socket.end();
    });
  });
  socket.on('error', () => {});
  socket.on('close', (broken) => {
    clearTimeout(late);
    if (!joined && !stream.destroyed) refuse(502, unreachable(host, port));
    // `close(code)` would send END_STREAM before the reset, and look like a whole answer.
    else if (broken && !stream.closed) stream.destroy(new Error('the service broke off'));
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    if (socket.destroyed || (socket.readableEnded && socket.writableEnded)) return;
    if (joined) socket.resetAndDestroy();
    else socket.destroy();
  });
}

function unreachable(host: string, port: number): ErrorData {
  return {
    code: 'service-unreachable',
    what: `The Service at ${host}:${port} accepts no connection.`,
    next: 'See whether its pods are ready: `kubectl get pods`.',
  };
}
