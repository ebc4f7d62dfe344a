import { Injectable } from '@nestjs/common';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import { type Authenticator, isOpaque, type Turn } from '../authenticator.js';
import { foreignName } from '../foreign-name.js';
import { LoginGroupNames } from '../login-groups.js';
import { REFUSED_MS, type AuthResult } from '../verdicts.js';
import { HubClient, type HubIdentity } from './hub.client.js';

/**
 * How long the hub's answer is cached, in milliseconds. The token of a stopped server ends within this time. A token unknown to a hub never
 * becomes known later.
 */
const KEPT_MS = 60_000;

/**
 * Users of a JupyterHub, by the API token of their own server or one that they created at the hub. Such a token never makes an
 * administrator.
 */
@Injectable()
export class HubAuthenticator implements Authenticator {
  constructor(
    private readonly config: AppConfig,
    private readonly hub: HubClient,
    private readonly groups: LoginGroupNames,
  ) {}

  accepts(token: string): boolean {
    return this.hub.configured && isOpaque(token);
  }

  async ask(token: string, tokenHash: string, turn: Turn): Promise<[AuthResult, number]> {
    const { asOf, identity } = await turn(async () => ({
      asOf: Date.now(),
      identity: await this.hub.identify(token),
    }));
    if (!identity) return [{ refused: true }, KEPT_MS];
    const problem = this.bar(identity) ?? foreignName(identity.name, this.config);
    if (problem) return [{ problem }, REFUSED_MS];
    const groups = this.groups.of('hub', identity.groups, asOf);
    const login = { directory: 'hub', asOf } as const;
    const caller = { name: identity.name, kind: 'person', admin: false, scopes: [], tokenHash } as const;
    return [{ caller: { ...caller, login, ...groups } }, KEPT_MS];
  }

  /** Why the holder of a token known to the hub is not accepted as its user. */
  protected bar({ name, kind, scopes }: HubIdentity): Problem | undefined {
    if (kind !== 'user') return noUser();
    if (!scopes || reachesOwnServers(name, scopes)) return undefined;
    return new Problem(
      'forbidden',
      'This hub token was neither issued for its user’s own server nor created by the user',
    );
  }
}

export function noUser(): Problem {
  return new Problem('not_a_person', 'The hub says that this token belongs to a service');
}

/**
 * Whether a token may access its user's own servers, as tokens of servers and tokens created at the hub may. Services and servers of other
 * users also hold visitors' tokens (OAuth), to learn their names. Those tokens must not reach the visitor's data.
 */
function reachesOwnServers(name: string, scopes: readonly string[]): boolean {
  return scopes.some(
    (scope) =>
      scope === 'access:servers' ||
      scope === `access:servers!user=${name}` ||
      scope.startsWith(`access:servers!server=${name}/`),
  );
}
