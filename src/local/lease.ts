/** The last part of a lease, in which the sandbox serves and says that it will end: at most half of the lease. */
const expiringSeconds = 60;

export interface LeaseEvents {
  /** Its last part begins. */
  readonly onExpiring: () => void;
  readonly onOver: () => void;
}

/** How long a sandbox lives unless it is renewed. Begins at once. */
export class Lease {
  readonly #events: LeaseEvents;
  #seconds: number;
  #expiresMs = 0;
  #timers: NodeJS.Timeout[] = [];

  constructor(seconds: number, events: LeaseEvents) {
    this.#seconds = seconds;
    this.#events = events;
    this.renew(null);
  }

  /** RFC 3339. */
  get expiresAt(): string {
    return new Date(this.#expiresMs).toISOString();
  }

  get isExpiring(): boolean {
    return Date.now() >= this.#expiresMs - this.#warnMs;
  }

  /** From now on, for as long as before where `seconds` is null. */
  renew(seconds: number | null): void {
    if (seconds !== null) this.#seconds = seconds;
    const lengthMs = this.#seconds * 1000;
    this.#expiresMs = Date.now() + lengthMs;
    this.stop();
    this.#timers = [
      setTimeout(this.#events.onExpiring, lengthMs - this.#warnMs).unref(),
      setTimeout(this.#events.onOver, lengthMs).unref(),
    ];
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  /** It ended now, if not before. */
  end(): void {
    this.#expiresMs = Math.min(this.#expiresMs, Date.now());
  }

  get #warnMs(): number {
    const lengthMs = this.#seconds * 1000;
    return Math.min(expiringSeconds * 1000, lengthMs / 2);
  }
}
