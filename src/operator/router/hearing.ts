import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi, ListOptions, Resource } from '../../kube/api.ts';
import type { Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Receipt } from '../../sandbox/hop.ts';
import { deafAfterMs } from '../agent-api.ts';

export interface HearingTimes {
  /** Between two questions. */
  readonly everyMs: number;
  readonly answerWithinMs: number;
  /** What was heard counts for so long. */
  readonly refusesAfterMs: number;
}

export const hearingTimes: HearingTimes = {
  everyMs: 5_000,
  answerWithinMs: 4_000,
  refusesAfterMs: deafAfterMs,
};

/** What is followed, as it was asked for. */
export interface Heard<T extends KubeObject> {
  readonly resource: Resource;
  readonly options: ListOptions;
  readonly informer: Pick<Informer<T>, 'get' | 'renew'>;
}

/** A watch tells of a change within moments. */
const toldWithinMs = 1_000;
const lookEveryMs = 25;

/**
 * Whether what watches told is what the API holds. A watch that is silent may have nothing to tell, or be dead: its
 * bookmarks come once a minute. So the API is asked for a list of now (one without resourceVersion is not out of a
 * cache that may be behind), and all that it names must be known here as it is there, or newer. A watch that does not
 * bring it is begun anew.
 */
export class Hearing {
  readonly #kube: KubeApi;
  readonly #followed: readonly Heard<KubeObject>[];
  readonly #times: HearingTimes;
  readonly #onTurn: () => void;
  #proven = now();
  #timesDeaf = 0;
  #told = false;

  /** `onTurn`: it became deaf, or hears again: what was made of the world before is not to be trusted. The first lists are to begin after this. */
  constructor(
    kube: KubeApi,
    followed: readonly Heard<KubeObject>[],
    onTurn: () => void,
    times: HearingTimes = hearingTimes,
  ) {
    this.#kube = kube;
    this.#followed = followed;
    this.#onTurn = onTurn;
    this.#times = times;
  }

  /** Whether something may have been missed for longer than it counts. */
  get deaf(): boolean {
    const { monotonicMs, epochMs } = now();
    // One clock stands still while a machine is paused, the other may be set back.
    const ageMs = Math.max(monotonicMs - this.#proven.monotonicMs, epochMs - this.#proven.epochMs);
    return ageMs > this.#times.refusesAfterMs;
  }

  /** How often it was, and hears again. */
  get timesDeaf(): number {
    return this.#timesDeaf;
  }

  /** Asks until the signal aborts. To be begun once all is synced. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs } = this.#times;
    while (!signal.aborted) {
      const asked = now();
      const heard = await Promise.all(this.#followed.map((one) => this.#isUpToDate(one, signal)));
      const whole = heard.every(Boolean);
      // Seen here alone where it was deaf between two looks, as after a pause of the whole process.
      const again = whole && this.deaf;
      if (again) this.#timesDeaf += 1;
      if (whole) this.#proven = asked;
      if (again || this.deaf !== this.#told) {
        this.#told = this.deaf;
        this.#onTurn();
      }
      await sleep(whole ? everyMs : Math.min(everyMs, 1_000), null, { signal }).catch(() => {});
    }
  }

  async #isUpToDate(
    { resource, options, informer }: Heard<KubeObject>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#times.answerWithinMs)]);
    let items: readonly KubeObject[];
    try {
      ({ items } = await this.#kube.list<KubeObject>(resource, options, within));
    } catch {
      // Why is told by who follows it: the same question failed there, or will.
      return false;
    }
    const until = performance.now() + toldWithinMs;
    for (;;) {
      if (items.every((listed) => isKnown(informer, listed))) return true;
      if (performance.now() > until || signal.aborted) break;
      await sleep(lookEveryMs, null, { signal }).catch(() => {});
    }
    informer.renew();
    return false;
  }
}

/** Of what a key that was not heard of met here nothing is known: no receipt is complete meanwhile, or over it. */
export function receiptHeard(
  receipt: Receipt,
  { deaf, timesDeaf }: Pick<Hearing, 'deaf' | 'timesDeaf'>,
): Receipt {
  const epoch = timesDeaf === 0 ? receipt.epoch : `${receipt.epoch}.${timesDeaf}`;
  if (!deaf) return { ...receipt, epoch };
  return { ...receipt, epoch, complete: false, incompleteReason: `A router ${deafText}.` };
}

export const deafText = `has not heard the API server for more than ${deafAfterMs / 1000} s, and refuses requests with a key until it does`;

function now(): { readonly monotonicMs: number; readonly epochMs: number } {
  return { monotonicMs: performance.now(), epochMs: Date.now() };
}

/** As it was listed, or newer. Versions are numbers that grow (Kubernetes 1.35 on promises it). */
function isKnown(informer: Pick<Informer<KubeObject>, 'get'>, { metadata }: KubeObject): boolean {
  const seen = informer.get(metadata.namespace, metadata.name)?.metadata.resourceVersion;
  const listed = metadata.resourceVersion;
  if (seen === undefined || listed === undefined) return false;
  if (seen === listed) return true;
  return /^\d+$/.test(seen) && /^\d+$/.test(listed) && BigInt(seen) > BigInt(listed);
}
