import { Problem } from '../../common/problems/problem.js';
import type { AppConfig } from '../../config/app-config.js';

/**
 * The problem of a name that starts with the OIDC prefix but comes from another directory. Otherwise its holder could get the home of the
 * OIDC user with that name.
 */
export function foreignName(userName: string, { oidc }: AppConfig): Problem | undefined {
  const prefix = oidc?.userPrefix;
  if (!prefix || !userName.startsWith(prefix)) return undefined;
  return new Problem('forbidden', `Names that start with ${prefix} belong to the other directory`);
}
