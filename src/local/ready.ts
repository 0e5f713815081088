import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readiness } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { LogRing } from './log-ring.ts';
import { accepts, mayListen, portsOfGroup } from './ports.ts';
import type { ProcessGroup } from './process-group.ts';

export interface ReadyOptions {
  /** How messages name it: `pricing of sandbox pr-42`. */
  readonly label: string;
  readonly service: string;
  readonly port: number;
  readonly ready: Readiness;
  readonly readySeconds: number;
  readonly log: LogRing;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One attempt: an address that answered, or what is wrong in the words of a person. */
type Probe =
  | { readonly kind: 'ok'; readonly address: Address }
  | { readonly kind: 'not-yet'; readonly why: string };

const attemptMs = 2000;
/** `localhost` means either; a service may listen on one alone. */
const loopback = ['127.0.0.1', '::1'] as const;

/**
 * Waits until the service answers on its port. Rejects with `service-exited` as soon as the process ends, with
 * `service-not-ready` after `readySeconds`, both with the last log lines; with the signal's reason when aborted.
 */
export async function untilReady(
  group: ProcessGroup,
  options: ReadyOptions,
  signal: AbortSignal,
): Promise<Address> {
  const begun = performance.now();
  const stop = AbortSignal.any([signal, group.alive]);
  let why = 'nothing was tried yet';
  while (true) {
    signal.throwIfAborted();
    if (group.exit !== null) {
      await group.ended;
      throw exitedEarly(group, options);
    }
    const probe = await probeOnce(group, options, stop);
    if (probe.kind === 'ok' && group.exit === null) return probe.address;
    if (probe.kind === 'not-yet') why = probe.why;
    const waited = performance.now() - begun;
    if (waited > options.readySeconds * 1000) throw await notReady(group, options, why);
    const pause = waited < 3000 ? 10 : waited < 15_000 ? 25 : 100;
    await delay(pause, undefined, { signal: stop }).catch(() => {});
  }
}

async function probeOnce(group: ProcessGroup, options: ReadyOptions, stop: AbortSignal): Promise<Probe> {
  const { port } = options;
  for (const host of loopback) {
    if (!(await accepts(host, port))) continue;
    if (group.pid !== null && !(await mayListen(port, group.pid, group.mark))) {
      return { kind: 'not-yet', why: `another service listens on port ${port}` };
    }
    const problem =
      options.ready.kind === 'tcp'
        ? null
        : await askHealth({ host, port }, options.ready.path, options, stop);
    return problem === null ? { kind: 'ok', address: { host, port } } : { kind: 'not-yet', why: problem };
  }
  return { kind: 'not-yet', why: `nothing listens on port ${port}` };
}

/** Null where it answers 2xx or 3xx. */
async function askHealth(
  address: Address,
  path: string,
  options: ReadyOptions,
  stop: AbortSignal,
): Promise<string | null> {
  return await new Promise<string | null>((resolve) => {
    const headers = { host: options.service, connection: 'close' };
    const request = get(
      { ...address, path, headers, agent: false, signal: stop, timeout: attemptMs },
      (answer) => {
        const status = answer.statusCode ?? 0;
        answer.on('error', () => {});
        answer.destroy();
        resolve(status >= 200 && status < 400 ? null : `GET ${path} answers ${status}`);
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${attemptMs} ms`)));
    request.on('error', (error) => resolve(`GET ${path}: ${error.message}`));
  });
}

/** Whether the last lines say that a port was taken. */
export function saysPortTaken(lines: readonly string[]): boolean {
  return lines.some((line) => /EADDRINUSE|address already in use|port .{0,40}(in use|already)/i.test(line));
}

export function lastLines(log: LogRing): string {
  const lines = log.tail(15);
  return lines.length === 0 ? 'It wrote nothing.' : `Its last lines:\n${lines.join('\n')}`;
}

function exitedEarly(group: ProcessGroup, options: ReadyOptions): SeatrialError {
  const { exit, spawnError } = group;
  const how =
    spawnError !== null
      ? `could not be started: ${spawnError}`
      : exit?.signal != null
        ? `was ended by ${exit.signal} before it was ready`
        : `ended with exit code ${exit?.exitCode ?? 'unknown'} before it was ready`;
  const taken = saysPortTaken(options.log.tail(50));
  return new SeatrialError('service-exited', {
    what: `Service ${options.label} ${how}.`,
    why: lastLines(options.log),
    next: taken
      ? `Let it listen on the port in the environment variable PORT (or {{ port }} in its command): a fixed port is taken by the baseline or another sandbox.`
      : `Correct what the lines say, or \`services.${options.service}.command\` in seatrial.yaml, and provision again.`,
  });
}

async function notReady(group: ProcessGroup, options: ReadyOptions, why: string): Promise<SeatrialError> {
  const ports = group.pid === null ? [] : await portsOfGroup(group.pid);
  const others = ports.filter((port) => port !== options.port);
  const elsewhere = others.length > 0 ? ` It listens on port ${others.join(', ')} instead.` : '';
  const asked = options.ready.kind === 'tcp' ? 'a TCP connection' : `GET ${options.ready.path}`;
  return new SeatrialError('service-not-ready', {
    what: `Service ${options.label} was not ready within ${options.readySeconds} s: ${why}.${elsewhere}`,
    why: lastLines(options.log),
    next: `PORT is set to ${options.port}: let it listen there (or use {{ port }} in its command) and answer ${asked}; \`ready\` and \`readySeconds\` of services.${options.service} in seatrial.yaml set what is asked and for how long.`,
  });
}
