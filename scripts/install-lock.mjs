// What is installed once for this machine, by whichever process comes first. No dependencies, Node >= 18.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * One installation at a time: the lock file holds the installer's pid, and a dead one's lock is taken over. Undefined when it is there already,
 * or was made while this waited.
 * @param {string} lock
 * @param {() => boolean} isThere
 * @param {() => void} [waiting] told now and then while another process installs
 * @returns {Promise<(() => void) | undefined>} gives the lock back
 */
export async function takeLock(lock, isThere, waiting = () => {}) {
  for (let waited = 0; ; waited += 1) {
    if (isThere()) return undefined;
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(readPid(lock))) rmSync(lock, { force: true });
    if (waited % 20 === 0) waiting();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function readPid(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
