import { type KnownKey, tombstoneMs } from '../local/options.ts';

/**
 * The keys of all engines of a host. One engine's routers must not take a key of another's sandbox for one that was
 * never minted: they would answer it from their own baseline. Those gone are forgotten with their tombstone.
 */
export class HostKeys {
  readonly #keys = new Map<string, { readonly commit: string; readonly goneMs: number | null }>();

  /** `commit`: of the baseline beside which the sandbox runs. Called before the key is handed out, and when it goes. */
  note(commit: string, { key, state }: Pick<KnownKey, 'key' | 'state'>): void {
    const now = Date.now();
    for (const [each, { goneMs }] of this.#keys) {
      if (goneMs !== null && goneMs + tombstoneMs <= now) this.#keys.delete(each);
    }
    this.#keys.set(key, { commit, goneMs: state === 'gone' ? now : null });
  }

  /** Whether a sandbox beside another baseline than that of `commit` has the key, or had it until lately. */
  elsewhere(commit: string, key: string): boolean {
    const known = this.#keys.get(key);
    return known !== undefined && known.commit !== commit;
  }
}
