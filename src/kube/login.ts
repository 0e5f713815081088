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
