import { kill } from 'node:process';

/**
 * The one place that signals processes we started. `node:child_process` can signal the child alone; a service is a
 * process group (its leader's pid is the group's id), as `sh -c` may fork. True where the signal was taken.
 */
export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  // Group 0 and 1 would be our own group and everything that we may signal.
  if (!Number.isInteger(group) || group <= 1) return false;
  return attempt(-group, signal);
}

export function signalOne(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  return attempt(pid, signal);
}

/** Whether a signal could be sent: the process or group exists (as a zombie too). */
export function exists(pidOrGroup: number): boolean {
  return attempt(pidOrGroup, 0);
}

function attempt(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    kill(target, signal);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return signal === 0 && error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
