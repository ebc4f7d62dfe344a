// One demo at a time on a folder, and what to say to the second one.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../node.mjs';

const note = (dataDir) => join(dataDir, 'running.json');

/**
 * The service's own lock on the folder gives the answer, before a second MinIO touches the first one's files; a lock of our own on MinIO's
 * folder is then kept as long as this process lives.
 * @param {string} dataDir
 */
export async function holdFolder(dataDir) {
  mkdirSync(join(dataDir, 'minio'), { recursive: true, mode: 0o700 });
  const module = pathToFileURL(join(ROOT, 'dist', 'database', 'embedded', 'directory-lock.js')).href;
  const { lockDirectory, DirectoryInUse } = await import(module);
  try {
    const unlock = await lockDirectory(dataDir);
    await lockDirectory(join(dataDir, 'minio'));
    await unlock();
  } catch (error) {
    throw error instanceof DirectoryInUse ? new Error(whoHolds(dataDir)) : error;
  }
}

/**
 * Writes down where the demo runs, for whoever starts it again, and for the command line where to ask it; the returned function takes the note
 * away.
 * @param {string} dataDir @param {string} url @param {{ url: string, token: string }} control
 */
export function noteRunning(dataDir, url, control) {
  const running = { pid: process.pid, url, control: { url: control.url, token: control.token } };
  writeFileSync(`${note(dataDir)}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  renameSync(`${note(dataDir)}.new`, note(dataDir));
  return () => rmSync(note(dataDir), { force: true });
}

function whoHolds(dataDir) {
  const other = 'DATA_DIR=./data2 PORT=8091 npm start';
  const running = readNote(dataDir);
  if (!running)
    return (
      `DATA_DIR ${dataDir} is in use by another process of this service, or by a demo that is just starting. ` +
      `Stop it, or start a demo beside it: ${other}`
    );
  return (
    `The demo already runs: ${running.url}/docs (process ${running.pid}, folder ${dataDir}, tokens in ${join(dataDir, 'demo.json')}).\n` +
    `Ctrl-C where it was started stops it. A second demo needs a folder and a port of its own: ${other}`
  );
}

/** A note of a process that is gone says nothing about who holds the folder now. */
function readNote(dataDir) {
  if (!existsSync(note(dataDir))) return undefined;
  try {
    const running = JSON.parse(readFileSync(note(dataDir), 'utf8'));
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined;
  }
}
