import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isServiceToken } from '../../auth/authenticators/authenticator.js';
import { People } from '../../auth/people/people.js';
import type { Caller } from '../../common/caller.js';
import { Problem } from '../../common/problems/problem.js';
import type { PageSessionRow } from '../../database/schema.js';
import type { LoginWay } from '../../database/tables/page-tables.js';
import { type NewLogin, PageSessions } from '../sessions/page-sessions.js';
import type { SessionId } from '../sessions/session-id.js';
import { SessionTokens } from '../sessions/session-tokens.js';
import { LoginLimit } from './login-limit.js';

/** A session that was opened. */
export interface Opened {
  id: SessionId;
  row: PageSessionRow;
}

/** Logs people in at the page. */
@Injectable()
export class PageLogins {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly people: People,
    private readonly sessions: PageSessions,
    private readonly limit: LoginLimit,
  ) {}

  /** Exchanges a token of a person for a session. Throws what a request with the token would get, and `not_a_person` for a service. */
  byToken(token: string, way: LoginWay, request: FastifyRequest): Promise<Opened> {
    return this.limit.attempt(request.ip, async () => {
      if (isServiceToken(token)) throw noPerson();
      return this.bySecrets({ way, secrets: { token } }, request);
    });
  }

  /** Opens a session by what a login gave. */
  async bySecrets(login: Omit<NewLogin, 'caller'>, request: FastifyRequest): Promise<Opened> {
    const caller = await this.tokens.callerOf(login.way, login.secrets.token, request.ip);
    if (!caller) throw new Problem('unauthenticated', 'The token is not valid or has expired');
    return this.open({ ...login, caller }, request);
  }

  /** The person is met as at every call: who is disabled gets no session, and whoever has no row gets one. */
  private async open(login: NewLogin, request: FastifyRequest): Promise<Opened> {
    const { caller } = login;
    if (caller.kind !== 'person') throw noPerson();
    const actor = actorOf(caller, request);
    await this.people.meet(caller, actor);
    this.people.admitted(caller, undefined);
    return this.sessions.open(login, request, actor);
  }
}

function actorOf({ name, kind }: Caller, { id: requestId }: FastifyRequest) {
  return { name, kind, requestId };
}

function noPerson(): Problem {
  return new Problem('not_a_person', 'The page is for people: a service token opens no session');
}
