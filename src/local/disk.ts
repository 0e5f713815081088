import { SeatrialError } from '../errors.ts';

const noSpace = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/i;

/** Whether text of another program (git, npm) says that the disk is full. */
export function saysDiskFull(text: string): boolean {
  return noSpace.test(text);
}

/** The error to throw for a failed write below `folder`: `disk-full` where it was that, else as it came. */
export function diskError(error: unknown, folder: string): unknown {
  const text = error instanceof SeatrialError ? `${error.text.what} ${error.text.why ?? ''}` : String(error);
  if (!saysDiskFull(text)) return error;
  return new SeatrialError(
    'disk-full',
    {
      what: `No space is left for the snapshot in ${folder}.`,
      next: 'Free space on that disk, or point SEATRIAL_HOME at another one, and provision again.',
    },
    { cause: error },
  );
}
