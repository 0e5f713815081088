import { SeatrialError } from '../errors.ts';
import { parseKey } from '../routing/key.ts';
import type { Engine } from '../sandbox/engine.ts';
import { baselineSide, type Side } from '../sandbox/sandbox.ts';
import type { Evidence, PassEvidence, SentRequest, StepCheck } from '../verdict/evidence.ts';
import type { Limits } from './limits.ts';
import { runPass, type Target } from './pass.ts';
import type { Redactor } from './redact.ts';
import type { Session } from './template.ts';

export interface SenderOptions {
  readonly engine: Pick<Engine, 'endpoint'>;
  readonly sandbox: string;
  readonly session: Session;
  readonly steps: readonly StepCheck[];
  readonly seed: string;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
}

type Unsent = Evidence['unsent'][number];

/** What ends a run early without being an error of it. */
class Stop extends Error {
  readonly unsent: Unsent;
  constructor(unsent: Unsent) {
    super(unsent.message);
    this.unsent = unsent;
  }
}

/** Sends passes until one of the run's bounds is met or the sandbox is gone; keeps what was sent. */
export class Sender {
  readonly passes: PassEvidence[] = [];
  readonly unsent: Unsent[] = [];
  readonly #options: SenderOptions;
  readonly #deadline: AbortSignal;
  readonly #notSent: { readonly side: PassEvidence['side']; readonly id: string; readonly why: string }[] =
    [];
  #requests = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#deadline = AbortSignal.timeout(options.limits.runMs);
  }

  get stopped(): boolean {
    return this.unsent.length > 0;
  }

  /** Why a request had no turn in some pass; null where it had. A step is judged on the sandbox's passes alone. */
  notSent(id: string, onBothSides: boolean): string | null {
    const found = this.#notSent.find((one) => one.id === id && (onBothSides || one.side === 'sandbox'));
    if (found === undefined) return null;
    return found.side === 'sandbox' ? found.why : `${found.why} on the baseline`;
  }

  async send(side: PassEvidence['side'], until: string | null): Promise<void> {
    const { session, steps, seed, limits, redactor, signal } = this.#options;
    const number = this.passes.length + 1;
    const sent: SentRequest[] = [];
    this.passes.push({ number, side, sent });
    try {
      const { notSent } = await runPass({
        number,
        side,
        session,
        steps,
        until,
        seed,
        limits,
        redactor,
        target: (service) => this.#target(side, service),
        onSent: (one) => {
          sent.push(one);
        },
        signal: AbortSignal.any([signal, this.#deadline]),
      });
      for (const [id, why] of notSent) this.#notSent.push({ side, id, why });
    } catch (error) {
      signal.throwIfAborted();
      this.unsent.push(this.#whyStopped(error));
    }
  }

  async #target(side: PassEvidence['side'], service: string): Promise<Target> {
    const { engine, sandbox, limits, signal } = this.#options;
    this.#requests += 1;
    if (this.#requests > limits.requests) {
      const message = `The run sent ${limits.requests} requests, which is its limit; the rest was not sent.`;
      throw new Stop({ code: 'stopped', message });
    }
    const named: Side = side === 'baseline' ? baselineSide : { kind: 'sandbox', name: sandbox };
    const { origin, host, headers, own } = await engine.endpoint(service, named, signal);
    const key = parseKey(headers)?.key;
    if (key === undefined) throw new Error('the engine gave an endpoint without a routing key');
    return { origin, host, key, ...(own === undefined ? {} : { own }) };
  }

  #whyStopped(error: unknown): Unsent {
    if (error instanceof Stop) return error.unsent;
    if (this.#deadline.aborted) {
      const seconds = this.#options.limits.runMs / 1000;
      return {
        code: 'time-limit',
        message: `The run met its time limit of ${seconds} s before all was sent.`,
      };
    }
    const gone = ['sandbox-not-ready', 'sandbox-gone', 'unknown-sandbox'];
    if (error instanceof SeatrialError && gone.includes(error.code)) {
      return { code: 'sandbox-gone', message: error.text.what };
    }
    throw error;
  }
}
