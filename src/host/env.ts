/** The environment of a process, as it was handed in. */
export type Env = Readonly<Record<string, string | undefined>>;
