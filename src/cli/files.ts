import { readFile } from 'node:fs/promises';
import { SeatrialError } from '../errors.ts';

/** A file that the caller named. Rejects with `invalid-request`. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new SeatrialError('invalid-request', {
      what: `${file} holds no JSON.`,
      next: 'Write a JSON array of requests: [{ "id": "a", "method": "GET", "path": "/" }].',
    });
  }
}

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new SeatrialError('invalid-argument', {
      what: `${file} cannot be read${code}.`,
      next: 'Give the path of a file, from the folder that you are in.',
    });
  }
}
