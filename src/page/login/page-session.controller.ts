import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../common/problems/problem.js';
import type { PageSessionRow } from '../../database/schema.js';
import { FRESH_MS } from '../../auth/sessions/step-up.js';
import { cookieOf, SESSION_COOKIE, setCookie } from '../sessions/cookies.js';
import { PageSessions } from '../sessions/page-sessions.js';
import { DemoPeople } from './demo-people.js';
import {
  DemoLoginDto,
  LogoutDto,
  type PageSessionAnswerDto,
  type PageSessionDto,
  TokenLoginDto,
} from './login.dto.js';
import { LoginWays } from './login-ways.js';
import { LoginsElsewhere } from './logins-elsewhere.js';
import { type Opened, PageLogins } from './logins.js';
import { PageGuard } from './page.guard.js';

/** KBase's cookie with a token, which browsers send to every host of KBase's domain. */
const KBASE_COOKIE = 'kbase_session';

/** The page's own questions: who is logged in, log in, log out. docs/page.md describes them. */
@ApiExcludeController()
@Controller('ui/api')
export class PageSessionController {
  constructor(
    private readonly sessions: PageSessions,
    private readonly logins: PageLogins,
    private readonly ways: LoginWays,
    private readonly demo: DemoPeople,
    private readonly elsewhere: LoginsElsewhere,
  ) {}

  /** Who is logged in, and how one may log in. It answers 200 also if nobody is. */
  @Get('session')
  async session(@Req() request: FastifyRequest): Promise<PageSessionAnswerDto> {
    const found = await this.sessions.find(request).catch((error: unknown) => {
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    });
    return this.answer(found?.row, request);
  }

  @Post('login/token')
  @HttpCode(200)
  @UseGuards(PageGuard)
  async token(
    @Body() { token }: TokenLoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PageSessionAnswerDto> {
    return this.opened(await this.logins.byToken(token, 'token', request), request, reply);
  }

  /** KBase's cookie is of the whole domain, so it is exchanged here once, after a click, and never counts for a request. */
  @Post('login/kbase')
  @HttpCode(200)
  @UseGuards(PageGuard)
  async kbase(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PageSessionAnswerDto> {
    const token = cookieOf(request.headers.cookie, KBASE_COOKIE);
    if (!token) throw new Problem('unauthenticated', 'Log in to KBase first, in this browser');
    return this.opened(await this.logins.byToken(token, 'kbase', request), request, reply);
  }

  @Post('login/demo')
  @HttpCode(200)
  @UseGuards(PageGuard)
  async demoLogin(
    @Body() { user_name: name }: DemoLoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PageSessionAnswerDto> {
    const token = await this.demo.tokenOf(name);
    return this.opened(await this.logins.byToken(token, 'demo', request), request, reply);
  }

  @Post('logout')
  @HttpCode(200)
  @UseGuards(PageGuard)
  async logout(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LogoutDto> {
    const ended = await this.sessions.end(request);
    reply.header('set-cookie', setCookie(SESSION_COOKIE, '', 0));
    return { end_session_url: ended ? await this.elsewhere.endAddress(ended.way, ended.secrets) : null };
  }

  private opened({ id, row }: Opened, request: FastifyRequest, reply: FastifyReply): PageSessionAnswerDto {
    reply.header('set-cookie', setCookie(SESSION_COOKIE, id.value));
    return this.answer(row, request);
  }

  private answer(row: PageSessionRow | undefined, { headers }: FastifyRequest): PageSessionAnswerDto {
    const hasKbaseCookie = cookieOf(headers.cookie, KBASE_COOKIE) !== undefined;
    return { session: row ? shown(row) : null, ways: this.ways.offered({ hasKbaseCookie }) };
  }
}

function shown(row: PageSessionRow): PageSessionDto {
  return {
    user_name: row.user_name,
    way: row.way,
    logged_in_at: row.logged_in_at.toISOString(),
    fresh_until: new Date(row.logged_in_at.getTime() + FRESH_MS).toISOString(),
    ends_at: row.ends_at.toISOString(),
  };
}
