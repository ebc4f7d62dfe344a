import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { sha256 } from '../../common/hash.js';
import { type Authenticator, isJsonWebToken } from './authenticator.js';
import { KBaseClient, type KBaseIdentity } from './kbase.client.js';
import { KnownAdminsStore } from '../known-admins.store.js';

/** Tokens remembered at once; the least used one is forgotten first. */
const MAX_TOKENS = 10_000;
/** How long a refused token stays refused without asking again, in milliseconds. */
const REFUSED_MS = 5000;
/** KBase names (auth2): a letter, then letters, digits and underscores, at most 100. */
const USER_NAME = /^[a-z][a-z0-9_]{0,99}$/;

type Verdict = { caller: Caller } | { problem: Problem } | { refused: true };

/** People of KBase. A token is asked for once and kept by its hash for as long as the auth service allows. */
@Injectable()
export class KBaseAuthenticator implements Authenticator {
  readonly #verdicts = new LRUCache<string, Verdict>({ max: MAX_TOKENS });
  readonly #asking = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly config: AppConfig,
    private readonly kbase: KBaseClient,
    private readonly admins: KnownAdminsStore,
  ) {}

  accepts(token: string): boolean {
    return this.kbase.configured && !isJsonWebToken(token);
  }

  async authenticate(token: string): Promise<Caller | undefined> {
    const hash = sha256(token);
    const verdict = this.#verdicts.get(hash) ?? (await this.askOnce(hash, token));
    if ('problem' in verdict) throw verdict.problem;
    return 'caller' in verdict ? verdict.caller : undefined;
  }

  private askOnce(hash: string, token: string): Promise<Verdict> {
    const asked = this.#asking.get(hash);
    if (asked) return asked;
    const asking = this.ask(hash, token).finally(() => this.#asking.delete(hash));
    this.#asking.set(hash, asking);
    return asking;
  }

  private async ask(hash: string, token: string): Promise<Verdict> {
    const identity = await this.kbase.identify(token);
    const left = identity ? Math.min(identity.cachefor, identity.expires - Date.now()) : REFUSED_MS;
    if (!identity || left <= 0 || !USER_NAME.test(identity.user))
      return this.keep(hash, { refused: true }, REFUSED_MS);
    const caller = this.callerOf(identity, hash);
    await this.admins.note(caller.name, caller.admin);
    const required = this.config.kbase?.requiredRoles ?? [];
    const missing = required.filter((role) => !identity.roles.includes(role));
    if (missing.length === 0) return this.keep(hash, { caller }, left);
    const problem = new Problem(
      'missing_role',
      `This service needs the role ${missing.join(', ')} of the authentication service`,
    );
    return this.keep(hash, { problem }, Math.min(left, REFUSED_MS));
  }

  private callerOf(identity: KBaseIdentity, tokenHash: string): Caller {
    const adminRoles = this.config.kbase?.adminRoles ?? [];
    const admin = adminRoles.some((role) => identity.roles.includes(role));
    return { name: identity.user, kind: 'person', admin, scopes: [], tokenHash };
  }

  private keep(hash: string, verdict: Verdict, ms: number): Verdict {
    this.#verdicts.set(hash, verdict, { ttl: ms });
    return verdict;
  }
}
