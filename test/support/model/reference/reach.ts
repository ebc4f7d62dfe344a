import type { Action } from '../../access/probe.js';
import type { Place } from '../operations.js';

export const ACTIONS = ['read', 'write', 'delete', 'list'] as const satisfies Action[];

/** Ways in which the reference can be wrong on purpose: a test that compares must find each of them. */
export const FLAWS = [
  'a name that starts alike is covered',
  'readers write',
  'a folder is also the object of its name',
  'an object is not the folder of its name',
  'nothing ends by itself',
  'everyone is nobody',
  'a disabled user still reaches everything',
] as const;
export type Flaw = (typeof FLAWS)[number];

/** A folder is everything below it, and (s3a asks so) reading the key without the slash; without the slash the object is meant, too. */
export function covers(
  { segments, folder, write }: Place & { write: boolean },
  action: Action,
  key: readonly string[],
  flaw?: Flaw,
): boolean {
  if ((action === 'write' || action === 'delete') && !write) return false;
  const isAt = (segment: string, index: number): boolean => segment === key[index];
  if (flaw === 'a name that starts alike is covered' && key.join('/').startsWith(segments.join('/')))
    return true;
  if (key.length < segments.length || !segments.every(isAt)) return false;
  if (key.length > segments.length) return folder || flaw !== 'an object is not the folder of its name';
  if (action === 'list') return false;
  return action === 'read' || !folder || flaw === 'a folder is also the object of its name';
}
