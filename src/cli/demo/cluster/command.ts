import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SeatrialError } from '../../../errors.ts';

const exec = promisify(execFile);

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly seconds?: number;
}

/** Runs a program to its end: its stdout. The error shows its last lines. */
export async function runCommand(command: readonly string[], options: CommandOptions): Promise<string> {
  const [program = '', ...args] = command;
  const { seconds = 600, ...others } = options;
  try {
    const { stdout } = await exec(program, args, { ...others, timeout: seconds * 1000, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    options.signal.throwIfAborted();
    throw new SeatrialError('demo-failed', {
      what: `${[program, ...args].join(' ').slice(0, 300)} did not succeed.`,
      why: lastLines(error),
      next: 'Run that command yourself to see why.',
    });
  }
}

function lastLines(error: unknown): string {
  const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message?: string };
  const text = [stdout, stderr].filter((each) => each !== undefined && each !== '').join('\n');
  return (text === '' ? (message ?? '') : text).trim().split('\n').slice(-12).join('\n');
}
