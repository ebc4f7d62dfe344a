import type { DirectoryName } from '../../common/caller.js';
import { authUnavailable } from '../../auth/authenticators/auth-http.js';
import type { Problem } from '../../common/problems/problem.js';

/** What a directory says about a person. One that does not show disabled people says `absent` of them. */
export type Verdict = 'present' | 'absent' | 'disabled';

/** A directory that can be asked about people. */
export interface LookUp {
  readonly directory: DirectoryName;
  /** The verdict on each of these users. Throws `auth_unavailable` if the directory does not answer about all of them. */
  verdictsOn(names: readonly string[]): Promise<Map<string, Verdict>>;
}

/** The problem of an answer with this status; undefined for 200. `credential` is the variable of the token that was sent. */
export function refusalOf(status: number, service: string, credential: string): Problem | undefined {
  if (status === 200) return undefined;
  if (status === 401 || status === 403)
    return authUnavailable(`${service} refuses the look-up (${status}): see ${credential}`);
  return authUnavailable(`${service} answered ${status}`);
}
