import { abortable } from '../util/abortable.ts';

/** Like `abortable`, but resolves to null when the time is over. */
export async function waitAtMost<T>(
  work: Promise<T>,
  seconds: number,
  signal: AbortSignal,
): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), seconds * 1000);
  });
  try {
    return await abortable(Promise.race([work, over]), signal);
  } finally {
    clearTimeout(timer);
  }
}
