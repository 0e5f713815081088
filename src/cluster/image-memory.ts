/** Digests of which nobody asked for long are forgotten first. */
const most = 5_000;

/**
 * Under which revision each image was given first. A tag that is pushed again is not pulled again by a node that has
 * it, so the code of before may run under the revision of now: its digest tells.
 */
export class ImageMemory {
  readonly #first = new Map<string, string>();

  /** The other revision under which this very image was given before; null where there is none. Notes it otherwise. */
  earlier(digest: string, revision: string): string | null {
    const first = this.#first.get(digest) ?? revision;
    this.#first.delete(digest);
    this.#first.set(digest, first);
    const [oldest] = this.#first.keys();
    if (this.#first.size > most && oldest !== undefined) this.#first.delete(oldest);
    return first === revision ? null : first;
  }
}
