import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceConfig } from '../config/config.ts';
import type { OwnProcess } from '../exchange.ts';
import { renderService } from './environment.ts';
import type { ProcessGuard } from './guard.ts';
import { LogRing } from './log-ring.ts';
import { accepts, keepPort, releasePort } from './ports.ts';
import { ProcessGroup } from './process-group.ts';
import { type Address, untilReady } from './ready.ts';

/** What all services of an engine have in common. */
export interface Surroundings {
  readonly guard: ProcessGuard;
  readonly env: Readonly<Record<string, string>>;
  readonly data: string;
  readonly logs: string;
  readonly addresses: ReadonlyMap<string, Address>;
}

export interface RunOptions {
  /** How messages name it: `pricing of sandbox pr-42`. */
  readonly label: string;
  /** Name of the log file. */
  readonly logName: string;
  readonly service: ServiceConfig;
  readonly snapshot: string;
  /** Lines to begin the log with. */
  readonly warnings: readonly string[];
  /** Goes before what the configuration sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Reserved by the caller; given back when it is verified closed. */
  readonly port: number;
  /** A log to go on with. */
  readonly log?: LogRing;
}

/** One process of a service, baseline or fork, on a port of its own. */
export class ServiceRun {
  readonly service: ServiceConfig;
  readonly port: number;
  readonly log: LogRing;
  readonly group: ProcessGroup;
  readonly #label: string;
  readonly #from = Date.now();
  #to: number | null = null;
  #stopped: Promise<string | null> | null = null;

  /** Throws `invalid-config` where command or env refer to what is not there; the port is free again then. */
  constructor(options: RunOptions, around: Surroundings) {
    const { service, port } = options;
    releasePort(port);
    const rendered = renderService(service, { port, data: around.data, addresses: around.addresses });
    keepPort(port);
    this.service = service;
    this.port = port;
    this.#label = options.label;
    this.log = options.log ?? new LogRing(join(around.logs, `${options.logName}.log`));
    for (const line of options.warnings) this.log.write(`seatrial: ${line}\n`);
    this.group = new ProcessGroup({
      command: rendered.command,
      cwd: join(options.snapshot, service.cwd),
      env: { ...around.env, ...rendered.env, ...options.env, PORT: String(port) },
      stopSeconds: service.stopSeconds,
      log: this.log,
      guard: around.guard,
    });
  }

  async ready(signal: AbortSignal): Promise<Address> {
    const { service, port, log } = this;
    const { ready, readySeconds } = service;
    await this.group.identify();
    const options = { label: this.#label, service: service.name, port, ready, readySeconds, log };
    const address = await untilReady(this.group, options, signal);
    this.#to = Date.now();
    return address;
  }

  /** What its answers may show of it and nothing else. */
  get own(): OwnProcess {
    const { port, group } = this;
    return {
      port,
      ...(group.pid === null ? {} : { pid: group.pid }),
      ...(this.#to === null ? {} : { started: { from: this.#from, to: this.#to } }),
    };
  }

  /** Null when process and port are verified gone, else what is left; then it can be called again. */
  stop(): Promise<string | null> {
    this.#stopped ??= this.#stop().then((left) => {
      if (left !== null) this.#stopped = null;
      return left;
    });
    return this.#stopped;
  }

  async #stop(): Promise<string | null> {
    const left = await this.group.stop();
    if (left !== null) return left;
    if (!(await closes(this.port))) return `port ${this.port} still takes connections`;
    releasePort(this.port);
    return null;
  }
}

/** The threads of a killed process end one by one, and the last one closes its sockets: after it shows as a zombie. */
async function closes(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    if (!(await accepts('127.0.0.1', port)) && !(await accepts('::1', port))) return true;
    await delay(attempt < 10 ? 10 : 100);
  }
  return false;
}
