// What the demo remembers between two starts: keys, tokens, and whether its world is complete. One file, for its owner only.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PEOPLE } from './world.mjs';

/** The file is also where people find the root keys of the demo's MinIO. @param {string} dataDir */
export const stateFile = (dataDir) => join(dataDir, 'demo.json');

/**
 * @typedef {{ minio: { accessKey: string, secretKey: string }, tokens: Record<string, string>, seeded?: boolean,
 *   time?: { postgres?: string } }} State `time`: demo-time was asked for, and where its PostgreSQL is if not in the folder
 * @param {string} dataDir
 * @returns {State}
 */
export function loadState(dataDir) {
  const file = stateFile(dataDir);
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const token = (name) => `demo-${name}-${randomBytes(6).toString('hex')}`;
  const state = {
    minio: { accessKey: 'demo-root', secretKey: randomBytes(24).toString('hex') },
    ...kept,
    tokens: { ...Object.fromEntries(PEOPLE.map((name) => [name, token(name)])), ...kept.tokens },
  };
  saveState(dataDir, state);
  return state;
}

/** Whole or not at all: without its keys nobody would open the demo's MinIO again. @param {string} dataDir @param {State} state */
export function saveState(dataDir, state) {
  const file = stateFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
