import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../common/caller.js';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import { KnownAdminsStore } from '../../people/known-admins.store.js';
import { type Authenticator, isOpaque, type Turn } from '../authenticator.js';
import { foreignName } from '../foreign-name.js';
import { LoginGroupNames } from '../login-groups.js';
import { REFUSED_MS, type AuthResult } from '../verdicts.js';
import { KBaseClient, type KBaseIdentity } from './kbase.client.js';

/** KBase names (auth2): a letter, then letters, digits and underscores, at most 100. */
const USER_NAME = /^[a-z][a-z0-9_]{0,99}$/;
/** Tokens issued by the auth service: 20 random bytes in base 32. */
const TOKEN = /^[A-Z2-7]{32}$/;

/** KBase users. A token is validated once, and the result is cached by its hash for as long as the auth service allows. */
@Injectable()
export class KBaseAuthenticator implements Authenticator {
  constructor(
    private readonly config: AppConfig,
    private readonly kbase: KBaseClient,
    private readonly admins: KnownAdminsStore,
    private readonly groups: LoginGroupNames,
  ) {}

  accepts(token: string): boolean {
    return this.kbase.configured && isOpaque(token);
  }

  recognises(token: string): boolean {
    return TOKEN.test(token);
  }

  async ask(token: string, hash: string, turn: Turn): Promise<[AuthResult, number]> {
    const { asOf, identity } = await turn(async () => ({
      asOf: Date.now(),
      identity: await this.kbase.identify(token),
    }));
    const left = identity ? Math.min(identity.cachefor, identity.expires - Date.now()) : REFUSED_MS;
    if (!identity || left <= 0 || !USER_NAME.test(identity.user)) return [{ refused: true }, REFUSED_MS];
    const foreign = foreignName(identity.user, this.config);
    if (foreign) return [{ problem: foreign }, Math.min(left, REFUSED_MS)];
    const caller = {
      ...this.callerOf(identity, hash),
      login: { directory: 'kbase' as const, asOf },
      tokenEndsAt: identity.expires,
      ...this.groups.of('kbase', identity.customRoles, asOf),
    };
    await this.admins.note(caller.name, caller.admin);
    const problem = this.missingRole(identity);
    return problem ? [{ problem }, Math.min(left, REFUSED_MS)] : [{ caller }, left];
  }

  private missingRole({ roles }: KBaseIdentity): Problem | undefined {
    const missing = (this.config.kbase?.requiredRoles ?? []).filter((role) => !roles.includes(role));
    if (missing.length === 0) return undefined;
    const needed = missing.join(', ');
    return new Problem(
      'missing_role',
      `This service requires the role ${needed} of the authentication service`,
    );
  }

  private callerOf(identity: KBaseIdentity, tokenHash: string): Caller {
    const adminRoles = this.config.kbase?.adminRoles ?? [];
    const admin = adminRoles.some((role) => identity.roles.includes(role));
    return { name: identity.user, kind: 'person', admin, scopes: [], tokenHash };
  }
}
