import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built program: what users get. `test/support/build.ts` makes it before all tests. */
export const binary = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `seatrial <args>` to its end, with `input` on stdin. */
export async function seatrial(args: readonly string[], place: Place, input = ''): Promise<Outcome> {
  const child = start(args, place);
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return outcome(child);
}

export function start(args: readonly string[], { cwd, env }: Place, main = binary): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd, env, stdio: 'pipe' });
}

/** What a child printed and how it ended. Call it before it can have printed anything. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** `seatrial mcp --http` on a free port. */
export async function startHttp(place: Place, address = '0'): Promise<HttpServer> {
  const child = start(['mcp', '--http', address], place);
  child.stdin?.end();
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const found = /http:\/\/\S+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`the server ended: ${text}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}
