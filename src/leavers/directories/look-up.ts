import type { DirectoryName } from '../../common/caller.js';

/** What a directory says about a person. One that does not show disabled people says `absent` of them. */
export type Verdict = 'present' | 'absent' | 'disabled';

/** A directory that can be asked about people. */
export interface LookUp {
  readonly directory: DirectoryName;
  /** The verdict on each of these users. Throws `auth_unavailable` if the directory does not answer about all of them. */
  verdictsOn(names: readonly string[]): Promise<Map<string, Verdict>>;
}
