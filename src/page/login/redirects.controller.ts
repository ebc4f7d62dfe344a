import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../common/problems/problem.js';
import { cookieOf, SESSION_COOKIE, setCookie } from '../sessions/cookies.js';
import { BegunLogin, type Elsewhere, LOGIN_COOKIE, LOGIN_SECONDS } from './begun-login.js';
import { LoginsElsewhere } from './logins-elsewhere.js';

interface Begin {
  return_to?: unknown;
  again?: unknown;
}

/** Logins that lead the browser elsewhere and back. A failure leads back to the page, with the code of the problem. */
@ApiExcludeController()
@Controller('ui/login')
export class RedirectsController {
  constructor(private readonly logins: LoginsElsewhere) {}

  @Get(['oidc', 'jupyterhub'])
  async begin(
    @Req() request: FastifyRequest,
    @Query() { return_to: returnTo, again }: Begin,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const login = BegunLogin.begin(wayOf(request), returnTo);
    await this.lead(reply, login.returnTo, async () => {
      const address = await this.logins.addressOf(login, again === 'true');
      reply.header('set-cookie', setCookie(LOGIN_COOKIE, login.cookie, LOGIN_SECONDS));
      return address.href;
    });
  }

  @Get(['oidc/callback', 'jupyterhub/callback'])
  async callback(
    @Req() request: FastifyRequest,
    @Query('state') state: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const login = BegunLogin.of(wayOf(request), cookieOf(request.headers.cookie, LOGIN_COOKIE));
    // the answer counts once, also one that is refused
    reply.header('set-cookie', setCookie(LOGIN_COOKIE, '', 0));
    await this.lead(reply, login?.returnTo ?? '/ui/', async () => {
      if (!login?.isAnsweredBy(state))
        throw new Problem('unauthenticated', 'This answer belongs to no login that this browser has begun');
      const { id } = await this.logins.complete(login, request);
      reply.header('set-cookie', setCookie(SESSION_COOKIE, id.value));
      return login.returnTo;
    });
  }

  private async lead(reply: FastifyReply, page: string, address: () => Promise<string>): Promise<void> {
    try {
      void reply.redirect(await address(), 302);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const [path = '', hash] = page.split('#');
      const failed = `${path}${path.includes('?') ? '&' : '?'}login_error=${error.code}`;
      void reply.redirect(hash === undefined ? failed : `${failed}#${hash}`, 302);
    }
  }
}

/** By the route, which is `/ui/login/WAY` or below that. */
function wayOf({ routeOptions }: FastifyRequest): Elsewhere {
  return routeOptions.url?.split('/')[3] as Elsewhere;
}
