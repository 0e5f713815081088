import type { Config } from '../config/config.ts';
import type { Repository } from '../git/repository.ts';
import type { Log } from '../log.ts';
import type { Baseline, Owner } from '../sandbox/sandbox.ts';
import type { ProcessGuard } from './guard.ts';

export interface LocalEngineOptions {
  readonly baseline: Baseline;
  /** Tree id of the baseline's commit. */
  readonly baselineTree: string;
  /** As the baseline's services run: of the configuration that goes with its commit. */
  readonly baselineServices: Config['services'];
  /** Of the forks: the owner's working tree as it is now. Asked at each provision and update. */
  readonly config: (owner: Owner) => Config;
  readonly repository: Pick<Repository, 'export'>;
  readonly folders: { readonly cache: string; readonly runtime: string };
  readonly log: Log;
  readonly guard: ProcessGuard;
  /** The user's environment, which services inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working tree whose ignored files the baseline links. */
  readonly workingTreeRoot: string;
  /** Keys of earlier hosts: refused for an hour after `at`, their sandboxes are told as gone. */
  readonly tombstones?: readonly KnownKey[];
  /** Whether a sandbox of another engine has the key, or had until lately: refused, as this baseline is not its own. */
  readonly keyElsewhere?: (key: string) => boolean;
  /** Awaited before a key is handed out, and told when it goes: what the next host gets as `tombstones`. */
  readonly journal?: (key: KnownKey) => Promise<void>;
}

/** What must outlive a host of a sandbox, so that its key never reaches the baseline by mistake. */
export interface KnownKey {
  readonly name: string;
  readonly owner: Owner;
  readonly key: string;
  /** The services that it forks or forked. */
  readonly services: readonly string[];
  readonly state: 'live' | 'gone';
  readonly reason: { readonly code: string; readonly message: string; readonly next: string } | null;
  /** RFC 3339: of this entry. */
  readonly at: string;
}

/** How long a key is refused after its sandbox went (design.md, section 4). */
export const tombstoneMs = 3600_000;
