import { Problem } from '../../common/problems/problem.js';
import type { AppConfig } from '../../config/app-config.js';

/** Somebody of another directory must not get the home of whom OIDC calls the same: the problem of a name that begins as OIDC's do. */
export function foreignName(userName: string, { oidc }: AppConfig): Problem | undefined {
  const prefix = oidc?.userPrefix;
  if (!prefix || !userName.startsWith(prefix)) return undefined;
  return new Problem('forbidden', `Names that start with ${prefix} belong to the other directory`);
}
