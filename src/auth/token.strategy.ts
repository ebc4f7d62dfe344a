import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import type { Caller } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';
import { Tokens } from './authenticators/tokens.js';
import { BrowserSessions } from './sessions/browser-sessions.js';

/** Longer tokens are refused unread. KBase tokens have 32 characters, OIDC tokens a few thousand. */
const MAX_TOKEN_CHARACTERS = 8192;
const HEADER = /^(?:Bearer +)?([\x21-\x7e]+)$/i;

/**
 * `Authorization: <token>` or `Bearer <token>`. The token goes only to services whose tokens have its form. A request without the header may
 * have a browser's session instead.
 */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, 'token') {
  constructor(
    private readonly tokens: Tokens,
    private readonly sessions: BrowserSessions,
  ) {
    super();
  }

  async validate(request: FastifyRequest): Promise<Caller> {
    const { authorization } = request.headers;
    const session = authorization === undefined ? await this.sessions.find(request) : undefined;
    if (session) return session.caller;
    const token = tokenOf(authorization);
    const caller = await this.tokens.callerOf(token, request.ip);
    if (!caller) throw unauthenticated('The token is not valid or has expired');
    return caller;
  }
}

function tokenOf(header: string | undefined): string {
  if (!header) throw unauthenticated('Send your token as "Authorization: Bearer <token>"');
  const token = header.length <= MAX_TOKEN_CHARACTERS + 7 ? HEADER.exec(header)?.[1] : undefined;
  if (!token || /^bearer$/i.test(token)) throw unauthenticated('The Authorization header contains no token');
  return token;
}

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail);
}
