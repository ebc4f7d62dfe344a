import { Injectable } from '@nestjs/common';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import { type Authenticator, isOpaque, type Turn } from '../authenticator.js';
import { foreignName } from '../foreign-name.js';
import { REFUSED_MS, type AuthResult } from '../verdicts.js';
import { HubClient, type HubIdentity } from './hub.client.js';

/** How long the hub's word is kept, in milliseconds: the token of a stopped server ends within it. A token that a hub does not know never becomes one that it knows. */
const KEPT_MS = 60_000;

/** People of a JupyterHub, by the API token of their own server or one that they made at the hub. Nobody is an administrator by such a token. */
@Injectable()
export class HubAuthenticator implements Authenticator {
  constructor(
    private readonly config: AppConfig,
    private readonly hub: HubClient,
  ) {}

  accepts(token: string): boolean {
    return this.hub.configured && isOpaque(token);
  }

  async ask(token: string, tokenHash: string, turn: Turn): Promise<[AuthResult, number]> {
    const identity = await turn(() => this.hub.identify(token));
    if (!identity) return [{ refused: true }, KEPT_MS];
    const problem = bar(identity) ?? foreignName(identity.name, this.config);
    if (problem) return [{ problem }, REFUSED_MS];
    return [
      { caller: { name: identity.name, kind: 'person', admin: false, scopes: [], tokenHash } },
      KEPT_MS,
    ];
  }
}

/** Why the holder of a token that the hub knows is not taken for its person. */
function bar({ name, kind, scopes }: HubIdentity): Problem | undefined {
  if (kind !== 'user') return new Problem('not_a_person', 'The hub says that this token is a service’s');
  if (!scopes || reachesOwnServers(name, scopes)) return undefined;
  return new Problem(
    'forbidden',
    'This token of the hub is neither of its person’s own server nor made by it',
  );
}

/**
 * Whether a token may enter its person's own servers, as that of a server itself and those made at the hub may. Services and servers of
 * other people hold tokens of their visitors too, by OAuth, to know their names; with those they must not reach the visitor's data.
 */
function reachesOwnServers(name: string, scopes: readonly string[]): boolean {
  return scopes.some(
    (scope) =>
      scope === 'access:servers' ||
      scope === `access:servers!user=${name}` ||
      scope.startsWith(`access:servers!server=${name}/`),
  );
}
