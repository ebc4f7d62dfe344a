import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import type { Caller } from '../common/caller.js';
import { Problem } from '../common/problems/problem.js';
import { isAuthUnavailable } from './authenticators/auth-http.js';
import type { Authenticator } from './authenticators/authenticator.js';

/** The authenticators in the order in which they are asked whether a token is theirs. */
export const AUTHENTICATORS = Symbol('authenticators');
/** Longer ones are refused unread; KBase tokens have 32 characters, OIDC ones a few thousand. */
const MAX_TOKEN_CHARACTERS = 8192;
const HEADER = /^(?:Bearer +)?([\x21-\x7e]+)$/i;

/** `Authorization: <token>` or `Bearer <token>`, shown to nobody but those whose token its form can be. */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy, 'token') {
  constructor(@Inject(AUTHENTICATORS) private readonly chain: readonly Authenticator[]) {
    super();
  }

  async validate(request: FastifyRequest): Promise<Caller> {
    const token = tokenOf(request.headers.authorization);
    const caller = await this.identify(token);
    if (!caller) throw unauthenticated('The token is not valid or has expired');
    return caller;
  }

  /** Asks one authenticator after the other. While one is away, only those go on being asked whose token it certainly is. */
  private async identify(token: string): Promise<Caller | undefined> {
    let away: Problem | undefined;
    for (const each of this.chain.filter((one) => one.accepts(token))) {
      if (away && !each.recognises?.(token)) continue;
      try {
        const caller = await each.authenticate(token);
        if (caller) return caller;
      } catch (error) {
        if (!isAuthUnavailable(error)) throw error;
        away ??= error;
      }
    }
    if (away) throw away;
    return undefined;
  }
}

function tokenOf(header: string | undefined): string {
  if (!header) throw unauthenticated('Send your token as "Authorization: Bearer <token>"');
  const token = header.length <= MAX_TOKEN_CHARACTERS + 7 ? HEADER.exec(header)?.[1] : undefined;
  if (!token || /^bearer$/i.test(token)) throw unauthenticated('The Authorization header holds no token');
  return token;
}

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail);
}
