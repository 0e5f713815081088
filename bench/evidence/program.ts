/** A program that nobody here wrote, in two published versions. */
export interface Program {
  readonly name: string;
  readonly registry: 'npm' | 'PyPI' | 'Go modules';
  readonly before: string;
  readonly after: string;
  readonly about: string;
  /** Installs a version into a folder of its own, by the registry's own client. */
  readonly install: (version: string, home: string) => readonly Command[];
  /** Starts it on 127.0.0.1; `data` is a folder that `files` were written to, one for each process. */
  readonly command: (home: string, port: number, data: string, version: string) => Command;
  readonly files: Readonly<Record<string, string>>;
  /** A path that answers 200 once it is up. */
  readonly ready: string;
  readonly requests: readonly EvidenceRequest[];
  readonly changelog: readonly Documented[];
  /** What of the rest a person made of it; by hand, after reading. */
  readonly remarks: readonly string[];
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface EvidenceRequest {
  readonly id: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A change that the program's own changelog or release notes tell of. */
export interface Documented {
  readonly says: string;
  readonly where: string;
  /** Findings that show it, as `request rule place`; each part may be `*`. Null where no answer could show it. */
  readonly shows: readonly string[];
}
