import type { Agent } from 'node:http';

/** What a connection to the API server needs: TLS, and headers that hold credentials. Never shown, never logged. */
export interface LoginOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  /** `user:password`, for Basic. */
  readonly auth?: string;
  /** Of a proxy that the kubeconfig names. */
  readonly agent?: Agent;
}

export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** The address of an API server and how to log in there. */
export interface Login {
  /** May have a path, as behind a management server. */
  readonly server: URL;
  /** Tokens, certificates and what credential plugins print, fresh enough for one request. */
  options(): Promise<LoginOptions>;
  /** The server did not accept `refused` (401): the next options are read and made anew. */
  renew(refused: LoginOptions): void;
}

/** How long tokens and certificates that were read serve further requests. */
const freshMs = 5_000;

/** `make` reads or makes credentials anew; `forget` is told first where the server refused the latest. */
export function createLogin(
  server: URL,
  make: () => Promise<LoginOptions>,
  forget: () => void = () => {},
): Login {
  let kept: Promise<LoginOptions> | null = null;
  let keptUntil = 0;
  let latest: LoginOptions | null = null;
  async function made(): Promise<LoginOptions> {
    latest = await make();
    return latest;
  }
  return {
    server,
    options: () => {
      if (kept === null || keptUntil < performance.now()) {
        const fresh = made();
        kept = fresh;
        keptUntil = performance.now() + freshMs;
        fresh.catch(() => {
          if (kept === fresh) kept = null;
        });
      }
      return kept;
    },
    renew: (refused) => {
      // Many requests may be refused with the same credentials: the first of them has them made anew.
      if (latest !== refused) return;
      latest = null;
      kept = null;
      forget();
    },
  };
}
