// Which Node runs the project: the one that runs us if it is new enough, else the one that npm brought along.
// No dependencies, Node >= 18.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** @param {string} [version] */
export function isNodeNewEnough(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 24 && minor >= 7;
}

/** @returns {string} path of a Node that can run the service */
export function findNode() {
  if (isNodeNewEnough()) return process.execPath;
  const brought = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(brought)) return brought;
  throw new Error(
    `This is Node ${process.versions.node}, the service needs Node 24.7 or newer (below 25), and npm brings one along ` +
      `only for Linux on x64 and arm64. Install Node 24 (for example from nodejs.org) and run the command again.`,
  );
}
