import { JSONPathEnvironment } from 'json-p3';

/** RFC 9535 over json-p3, which passes the compliance suite of the RFC. */
const environment = new JSONPathEnvironment({ strict: true });

/** The values at a path, in document order; empty where there is none. Throws on a path that is no RFC 9535 query. */
export function valuesAt(path: string, value: unknown): unknown[] {
  return environment.query(path, value as never).values();
}

/** Null where the path is well formed, else what is wrong with it. */
export function pathProblem(path: string): string | null {
  try {
    environment.compile(path);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
