import { SeatrialError } from '../errors.ts';
import type { ClusterService } from '../gateway/channel-api.ts';
import { sharedService } from '../sandbox/errors.ts';
import { waitFor } from '../sandbox/wait.ts';
import { lost } from './channel.ts';
import type { ClusterEngineOptions } from './options.ts';

const freshMs = 5_000;
const withinMs = 30_000;

/** The Services of the namespace, as the gateway tells of them. */
export class ClusterServices {
  readonly #options: Pick<ClusterEngineOptions, 'channel' | 'namespace' | 'services'>;
  #known: { readonly list: readonly ClusterService[]; readonly at: number } | null = null;
  #asking: Promise<readonly ClusterService[]> | null = null;

  constructor(options: Pick<ClusterEngineOptions, 'channel' | 'namespace' | 'services'>) {
    this.#options = options;
  }

  /** What was told last; nothing before the first question. */
  get known(): readonly ClusterService[] {
    return this.#known?.list ?? [];
  }

  /** Those of `known` that seatrial.yaml names as services of the baseline's own. */
  get ours(): readonly ClusterService[] {
    const services = this.#options.services();
    return this.known.filter(({ name }) => services[name]?.shared === false);
  }

  async ask(signal: AbortSignal): Promise<readonly ClusterService[]> {
    signal.throwIfAborted();
    const known = this.#known;
    if (known !== null && performance.now() - known.at < freshMs) return known.list;
    // Those who ask at once share one question, so it is not given up with the first of them.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    const list = await waitFor(this.#asking, signal);
    this.#known = { list, at: performance.now() };
    return list;
  }

  async portOf(service: string, signal: AbortSignal): Promise<number> {
    const found = (await this.ask(signal)).find(({ name }) => name === service);
    if (found === undefined) {
      throw new SeatrialError('unknown-service', {
        what: `Namespace ${this.#options.namespace} has no Service ${service}.`,
        next: 'Correct its name under `services:` in seatrial.yaml, or deploy it.',
      });
    }
    if (found.port === null) throw sharedService(service);
    return found.port;
  }

  async #ask(): Promise<readonly ClusterService[]> {
    const within = AbortSignal.timeout(withinMs);
    try {
      return await this.#options.channel.services(within);
    } catch (error) {
      throw within.aborted ? lost(this.#options.namespace) : error;
    }
  }
}
