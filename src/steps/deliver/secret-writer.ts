import { createHash } from 'node:crypto';
import { Problem } from '../../common/problems/problem.js';
import type { KvEngine, PathState } from '../../targets/vault/kv.js';
import { noteOfCopy, type Writer } from './copies.js';

/** What a provision wrote at a path. */
export interface Written {
  version: number;
  /** Nothing could be read at the path before. */
  created: boolean;
  /** The keys that it added. */
  added: string[];
}

/** What is at a path before a write. */
export interface Present {
  /** The names of the keys; none if nothing can be read there. */
  keys: string[];
  notes: Record<string, string>;
  /** What an earlier attempt of the same provision has written, if nobody has written since. */
  mine: Written | undefined;
}

/** What to write: values by key, and notes about them. */
export interface Wanted {
  values: Record<string, string>;
  /** False: keys that are not among the values are given up. */
  keepOthers: boolean;
  notes?: Record<string, string>;
}

/** Notes of this service beside a secret. The token may not read what it wrote: they tell which provision wrote which version. */
const PREFIX = 'minio-manager.';
const [PROVISION, VERSION, ADDED, UNDONE, COPY] = ['provision', 'version', 'added', 'undone', 'copy'].map(
  (name) => PREFIX + name,
) as [string, string, string, string, string];
/** How often a write starts anew because somebody else wrote at the same time. */
const TRIES = 4;
const ALL = 'all';

/**
 * Writes one version at a path. `choose` says what, knowing the names of the keys that are there; undefined: nothing. Before the write the
 * notes say what it will be, so that a repetition after a crash finds its own version. Returns what this provision wrote, if anything.
 */
export async function writeSecret(
  kv: KvEngine,
  path: string,
  provision: string,
  choose: (present: Present) => Wanted | undefined,
): Promise<Written | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const state = await kv.stateOf(path);
    const keys = state.live ? await kv.keysOf(path) : [];
    // a version that was written in between is not the one that the notes announced
    const mine = attempt === 0 ? writtenBy(state, keys, provision) : undefined;
    const wanted = choose({ keys, notes: state.notes, mine });
    if (!wanted) return mine;
    const written = await attemptOf(kv, path, provision, { state, keys, mine, wanted });
    if (written) return written;
  }
  throw new Problem('busy', 'Somebody else writes the same secret in the vault');
}

async function attemptOf(
  kv: KvEngine,
  path: string,
  provision: string,
  {
    state,
    keys,
    mine,
    wanted,
  }: { state: PathState; keys: string[]; mine?: Written | undefined; wanted: Wanted },
): Promise<Written | undefined> {
  const { values, keepOthers } = wanted;
  const created = mine?.created ?? !state.live;
  const replaces = !keepOthers && state.live && !created;
  const names = Object.keys(values);
  // of a version that was replaced nothing can be brought back, so there is nothing to take back
  const added = replaces ? [] : names.filter((name) => !keys.includes(name) || mine?.added.includes(name));
  await kv.note(path, {
    ...state.notes,
    ...wanted.notes,
    [PROVISION]: provision,
    [VERSION]: String(state.version + 1),
    // a note must not be empty
    [ADDED]: created ? ALL : ['keys', ...added.map(shortOf)].join(' '),
  });
  const merges = keepOthers && keys.some((key) => !names.includes(key));
  const version = merges
    ? await kv.merge(path, state.version, values)
    : await kv.write(path, state.version, values);
  if (version === undefined) return undefined;
  // the secret of an earlier attempt is of no use to anybody
  if (mine) await kv.destroy(path, mine.version);
  return { version, created, added };
}

/**
 * Takes back what a provision wrote, while it is the newest version: all of it if nothing was there before, otherwise the keys that it added.
 * Returns why something stays; undefined if nothing does. May be repeated.
 */
export async function unwriteSecret(
  kv: KvEngine,
  path: string,
  { version, created, added }: Written,
): Promise<string | undefined> {
  const state = await kv.stateOf(path);
  const isUndone = state.notes[UNDONE] === String(version);
  if (isUndone && state.version === version + 1) return void (await kv.destroy(path, version));
  if (state.version !== version) return 'it has a newer version';
  if (created) return void (await kv.destroy(path, version));
  if (added.length === 0) return 'what was there before cannot be brought back';
  if (!state.live) return undefined;
  await kv.note(path, { ...state.notes, [UNDONE]: String(version) });
  const without = Object.fromEntries(added.map((name) => [name, null]));
  if ((await kv.merge(path, version, without)) === undefined) return 'it has a newer version';
  await kv.destroy(path, version);
  return undefined;
}

/** The notes beside a copy. */
export function notesOfCopy({ provisionId, copyOf }: Writer): Record<string, string> {
  return copyOf === undefined ? {} : { [COPY]: noteOfCopy(provisionId, copyOf) };
}

/** Whether the newest version is a copy of this. */
export function isCopyOf({ version, live, notes }: PathState, copyOf: string): boolean {
  if (!live || notes[VERSION] !== String(version)) return false;
  return notes[COPY] === noteOfCopy(notes[PROVISION] ?? '', copyOf);
}

function writtenBy(
  { version, live, notes }: PathState,
  keys: string[],
  provision: string,
): Written | undefined {
  if (!live || notes[PROVISION] !== provision || notes[VERSION] !== String(version)) return undefined;
  const added = (notes[ADDED] ?? '').split(' ');
  return {
    version,
    created: notes[ADDED] === ALL,
    added: keys.filter((key) => added.includes(shortOf(key))),
  };
}

/** A note holds 512 bytes. */
function shortOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 10);
}
