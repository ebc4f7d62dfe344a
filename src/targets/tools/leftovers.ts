import { readdirSync, readFileSync } from 'node:fs';

/** A variable in the environment of everything that a run of a program starts, by which it is found again. */
export const MARK = 'MINIO_MANAGER_TOOL';

/**
 * Kills what a run has started and what has left its group of processes, as the processes of Ansible do that work on hosts. Whoever wants to hide can clear its
 * environment; nothing here does.
 */
export function killMarked(mark: string): void {
  for (const pid of pids()) {
    if (pid === process.pid || !isMarked(pid, mark)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it is gone
    }
  }
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${mark}`);
  } catch {
    return false;
  }
}
