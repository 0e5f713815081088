import { type Surroundings, stopSignals } from '../tool/surroundings.ts';

/** What verbs write to: results on stdout, all else on stderr. */
export interface Terminal {
  readonly signal: AbortSignal;
  print(text: string): void;
  printJson(data: unknown): void;
  note(text: string): void;
  /** One line that is written over and over for whoever watches; nothing where nobody does. */
  progress(message: string): void;
  /** Ends the progress line and the hold on signals. */
  close(): void;
}

const columns = 100;

/** The first stop signal aborts `signal`: the wait ends, what it waited for goes on. */
export function openTerminal(surroundings: Surroundings): Terminal {
  const stopped = new AbortController();
  const release = stopSignals.map((signal) => surroundings.onSignal(signal, () => stopped.abort()));
  const startedAt = Date.now();
  let shown = false;
  const clear = () => {
    if (shown) surroundings.stderr.write('\r\u001b[2K');
    shown = false;
  };
  const print = (text: string) => {
    clear();
    surroundings.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  };
  return {
    signal: stopped.signal,
    print,
    printJson: (data) => print(JSON.stringify(data, null, 2)),
    note(text) {
      clear();
      surroundings.stderr.write(`${text}\n`);
    },
    progress(message) {
      if (!surroundings.interactive) return;
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const line = `${oneLine(message)} (${seconds} s)`.slice(0, columns);
      surroundings.stderr.write(`\r\u001b[2K${line}`);
      shown = true;
    },
    close() {
      clear();
      for (const end of release) end();
    },
  };
}

/** Messages may hold text of services: without control characters it cannot drive the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
