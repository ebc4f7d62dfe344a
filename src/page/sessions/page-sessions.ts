import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type BrowserSession, BrowserSessions } from '../../auth/sessions/browser-sessions.js';
import type { Actor, Caller } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { PageSessionRow } from '../../database/schema.js';
import type { LoginWay } from '../../database/tables/page-tables.js';
import { cookieOf, SESSION_COOKIE } from './cookies.js';
import { type LoginSecrets, secretsIn } from './login-secrets.js';
import { PageSessionsStore } from './page-sessions.store.js';
import { Renewals, withEnd } from './renewals.js';
import { missingOfPage } from './same-origin.js';
import { SessionId } from './session-id.js';
import { SessionTokens } from './session-tokens.js';

/** Somebody who has just logged in. */
export interface NewLogin {
  caller: Caller;
  way: LoginWay;
  secrets: LoginSecrets;
  /** When the person last proved to be the person, in milliseconds since 1970: now, if nobody says an earlier time. */
  loggedInAt?: number;
}

/** A session that counts, with the row that it was read from. */
export interface FoundSession extends BrowserSession {
  row: PageSessionRow;
}

/** Opens, finds and ends sessions of the page. */
@Injectable()
export class PageSessions implements OnModuleInit {
  constructor(
    private readonly config: AppConfig,
    private readonly store: PageSessionsStore,
    private readonly tokens: SessionTokens,
    private readonly sessions: BrowserSessions,
    private readonly renewals: Renewals,
  ) {}

  onModuleInit(): void {
    this.sessions.register(
      (request) => this.find(request),
      (userName) => this.store.endOf(userName),
    );
  }

  /** A new session. Its id is always a new one, and the session that the browser had before ends. */
  async open(
    { caller, way, secrets, loggedInAt }: NewLogin,
    request: FastifyRequest,
    actor: Actor,
  ): Promise<{ id: SessionId; row: PageSessionRow }> {
    const id = SessionId.random();
    const now = Date.now();
    const most = (this.config.page?.sessionHours ?? 0) * 3_600_000;
    // one that can be renewed does not end with its token
    const tokenEndsAt =
      secrets.refresh === undefined ? (secrets.endsAt ?? caller.tokenEndsAt ?? Infinity) : Infinity;
    const row = await this.store.open(
      {
        id_hash: id.hash,
        user_name: caller.name,
        way,
        sealed: id.seal(JSON.stringify(withEnd(secrets))),
        loggedInMsAgo: Math.max(0, now - (loggedInAt ?? now)),
        lastsMs: Math.max(0, Math.min(most, tokenEndsAt - now)),
      },
      idOf(request)?.hash,
      actor,
    );
    return { id, row };
  }

  /**
   * The session of a request; undefined without a cookie. The holder of its token is checked as for every other request with that token: what
   * ends the token, or takes a role, ends the session.
   */
  async find(request: FastifyRequest): Promise<FoundSession | undefined> {
    const id = idOf(request);
    if (!id) return undefined;
    const missing = missingOfPage(request);
    if (missing !== undefined)
      throw new Problem(
        'unauthenticated',
        `The session of the page counts for the page itself only: ${missing} is missing. Elsewhere, send your token as "Authorization: Bearer <token>"`,
      );
    const row = await this.store.find(id.hash);
    const sealed = row && secretsIn(id, row);
    const secrets = sealed && (await this.renewals.fresh(id, row, sealed));
    if (!secrets) throw ended();
    const caller = await this.callerOf(secrets, row, request);
    await this.store.use(row);
    return { caller, loggedInAt: row.logged_in_at.getTime(), row };
  }

  /** Ends the session of a request, whoever it belongs to. How it began, and its secrets; undefined if it has none. */
  async end(request: FastifyRequest): Promise<{ way: LoginWay; secrets: LoginSecrets } | undefined> {
    const id = idOf(request);
    const row = id && (await this.store.find(id.hash));
    if (!row) return undefined;
    const actor = { name: row.user_name, kind: 'person', requestId: request.id } as const;
    const ended = await this.store.end(row.id_hash, actor);
    const secrets = ended && secretsIn(id, ended);
    return secrets && { way: row.way, secrets };
  }

  private async callerOf(
    { token }: LoginSecrets,
    row: PageSessionRow,
    { ip }: FastifyRequest,
  ): Promise<Caller> {
    try {
      const caller = await this.tokens.callerOf(row.way, token, ip);
      if (caller?.name === row.user_name) return caller;
    } catch (error) {
      if (error instanceof Problem && error.status === 403) await this.store.end(row.id_hash);
      throw error;
    }
    await this.store.end(row.id_hash);
    throw ended();
  }
}

function idOf({ headers }: FastifyRequest): SessionId | undefined {
  return SessionId.of(cookieOf(headers.cookie, SESSION_COOKIE));
}

function ended(): Problem {
  return new Problem('unauthenticated', 'The session of the page has ended: log in again');
}
