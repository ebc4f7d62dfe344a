// Does this process hold that port? An answer on a port may come from somebody else's server. No dependencies.
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/**
 * True when the process listens on the port, and true where that cannot be found out (no /proc). The kernel walks
 * its whole table of sockets for it, 8 ms of CPU: whoever polls asks this last.
 * @param {number} pid
 * @param {number} port
 * @returns {boolean}
 */
export function ownsPort(pid, port) {
  if (!existsSync('/proc/net/tcp')) return true;
  const listening = new Set([...inodes('/proc/net/tcp', port), ...inodes('/proc/net/tcp6', port)]);
  return sockets(pid).some((inode) => listening.has(inode));
}

function inodes(table, port) {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readLines(table)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTEN)
    .map((columns) => columns[9]);
}

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}

function sockets(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => socketInode(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // the process is gone
  }
}

function socketInode(file) {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(file))?.[1];
    return inode ? [inode] : [];
  } catch {
    return []; // the descriptor was closed meanwhile
  }
}
