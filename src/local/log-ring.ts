import { createWriteStream, renameSync, type WriteStream } from 'node:fs';

const maxLines = 1000;
const maxLineChars = 4000;
const maxFileBytes = 5_000_000;

/**
 * The last lines of a service, and a file beside it for people, rotated once: both bounded. A file that cannot be written
 * (disk full) is given up in silence, as the service must not suffer from it.
 */
export class LogRing {
  #lines: string[] = [];
  #partial = '';
  #file: WriteStream | null = null;
  #fileBytes = 0;
  readonly #path: string | null;

  constructor(path: string | null) {
    this.#path = path;
    this.#open();
  }

  write(chunk: string): void {
    this.#toFile(chunk);
    const parts = (this.#partial + chunk).split(/\r?\n/);
    // A service that never ends its line must not grow our memory.
    this.#partial = (parts.pop() ?? '').slice(0, maxLineChars);
    for (const part of parts) this.#lines.push(part.slice(0, maxLineChars));
    if (this.#lines.length > 2 * maxLines) this.#lines = this.#lines.slice(-maxLines);
  }

  tail(count: number): string[] {
    if (count <= 0) return [];
    const all = this.#partial === '' ? this.#lines : [...this.#lines, this.#partial];
    return all.slice(-Math.min(count, maxLines));
  }

  close(): void {
    this.#file?.end();
    this.#file = null;
  }

  #toFile(chunk: string): void {
    if (this.#file === null) return;
    this.#fileBytes += Buffer.byteLength(chunk);
    // What the disk does not take at once is dropped, not kept in memory.
    if (this.#file.writableLength < 1_000_000) this.#file.write(chunk);
    if (this.#fileBytes > maxFileBytes && this.#path !== null) {
      this.#file.end();
      try {
        renameSync(this.#path, `${this.#path}.1`);
        this.#open();
      } catch {
        this.#file = null;
      }
    }
  }

  #open(): void {
    if (this.#path === null) return;
    this.#fileBytes = 0;
    const file = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
    file.on('error', () => {
      if (this.#file === file) this.#file = null;
    });
    this.#file = file;
  }
}
