import { Socket } from 'node:net';
import { endLeftovers, ledgerFrom, ledgerText } from './leftovers.ts';

/**
 * A program of its own, started by the guard: reads the ledger from its standard input until the host is gone, which ends
 * the pipe however it died, then ends what the ledger still holds. After an orderly end there is nothing to do.
 */
let text = '';
// Node makes the pipe a socket that does not block: reading it as a file fails with EAGAIN.
const input = new Socket({ fd: 0, readable: true, writable: false });
input.setEncoding('utf8');
input.on('data', (chunk) => {
  text += String(chunk);
  if (text.length > 1_000_000) shorten();
});
// An error is followed by `close` as well.
input.on('error', () => {});
input.on('close', () => void finish());

async function finish(): Promise<void> {
  const ledger = ledgerFrom(text);
  if (ledger !== null) await endLeftovers(ledger);
}

/** A host that lives long starts many processes. The last line may not be whole yet. */
function shorten(): void {
  const whole = text.lastIndexOf('\n') + 1;
  const ledger = ledgerFrom(text.slice(0, whole));
  if (ledger !== null) text = ledgerText(ledger) + text.slice(whole);
}
