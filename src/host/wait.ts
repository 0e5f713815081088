/** Waits for work that goes on whether or not anybody waits: an abort ends the wait, never the work. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

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
