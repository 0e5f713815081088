import { delimiter } from 'node:path';

/** The environment that a caller got, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What says where configuration and programs are, not which repository is meant. */
const kept =
  /^GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)$/;

/**
 * The environment for git: no GIT_ variable that names a repository survives, as git itself sets GIT_DIR and
 * GIT_INDEX_FILE for the hooks that may have started us. Messages are in English, nothing asks for a password.
 */
export function gitEnvironment(env: Environment): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (name.startsWith('GIT_') && !kept.test(name))) continue;
    clean[name] = value;
  }
  return { ...clean, LC_ALL: 'C', LANGUAGE: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}

/** New objects go to our folder; those of the repository are read where they are. */
export function objectFolders(ours: string, theirs: string): Record<string, string> {
  return { GIT_OBJECT_DIRECTORY: ours, GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteEntry(theirs) };
}

/** git(1): entries are separated by `:`; one that holds a separator or begins with `"` is quoted as in C. */
function quoteEntry(path: string): string {
  if (!path.includes(delimiter) && !path.startsWith('"')) return path;
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
