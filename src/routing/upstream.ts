import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Target } from './plan.ts';

/** Who uses the connection now. */
export interface UpstreamUser {
  onConnected(): void;
  onBytes(bytes: Buffer): void;
  /** The other end will send no more. */
  onEnd(): void;
  /** The connection is over: broken (`error`) or closed. Comes once. */
  onLost(error: Error | null): void;
  /** It takes bytes again, after `write` said false. */
  onDrain(): void;
}

/**
 * One connection to a service. It belongs to one caller's connection, as if that caller had made it: nothing is shared
 * between callers, and a connection that the service lets go while idle ends the caller's too. So the races of
 * keep-alive are those that the caller would meet without us, and it deals with them as it always does.
 */
export class Upstream {
  readonly id: string;
  readonly #socket: Duplex;
  #user: UpstreamUser | null;
  #connected = false;
  #lost = false;
  /** Whether it answered a request before. */
  used = false;

  /** `onIdleLost`: nobody used it, and it can be used no more. */
  constructor(id: string, target: Target, user: UpstreamUser, onIdleLost: (upstream: Upstream) => void) {
    this.id = id;
    this.#user = user;
    this.#socket =
      'dial' in target
        ? target.dial()
        : connect({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: true });
    const idle = () => {
      this.destroy();
      onIdleLost(this);
    };
    let failure: Error | null = null;
    this.#socket
      .on('connect', () => {
        this.#connected = true;
        this.#user?.onConnected();
      })
      .on('data', (bytes: Buffer) => (this.#user === null ? idle() : this.#user.onBytes(bytes)))
      .on('end', () => (this.#user === null ? idle() : this.#user.onEnd()))
      .on('drain', () => this.#user?.onDrain())
      .on('error', (error) => {
        failure = error;
      })
      .on('close', () => {
        if (this.#lost) return;
        this.#lost = true;
        if (this.#user === null) onIdleLost(this);
        else this.#user.onLost(failure);
      });
  }

  get connected(): boolean {
    return this.#connected;
  }

  get usable(): boolean {
    return !this.#lost && this.#socket.writable;
  }

  take(user: UpstreamUser): void {
    this.#user = user;
  }

  /** Keeps it for the caller's next request. */
  rest(): void {
    this.used = true;
    this.#user = null;
    this.#socket.resume();
  }

  /** False where the caller should wait for `onDrain`. */
  write(bytes: Buffer): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true;
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Its user hears nothing more of it. `reset` tells the service that the caller broke off. */
  destroy(reset = false): void {
    this.#lost = true;
    this.#user = null;
    // Node sends what was written to a connection that does not stand yet before it resets it.
    if (reset && this.#connected && this.#socket instanceof Socket) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}
