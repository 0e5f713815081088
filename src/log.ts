/** Structured logs: one JSON object a line, on stderr or in the host's log file. stdout belongs to the protocol. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** `write` gets whole lines with their line end. */
export function createLog(write: (line: string) => void, least: LogLevel = 'info'): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < order.indexOf(least)) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const noLog: Log = createLog(() => {});
