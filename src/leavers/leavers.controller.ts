import { Body, Controller, Get, HttpCode, HttpStatus, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { PageQuery } from '../common/paging/page-query.dto.js';
import { decodeCursor } from '../common/paging/paging.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { MissingStore } from './directories/missing.store.js';
import { IdleStore } from './idle/idle.store.js';
import {
  ConfirmedLeaversDto,
  ConfirmLeaversDto,
  type LeaverDto,
  LeaverPageDto,
  type LookUpDto,
} from './leavers.dto.js';
import { LeaversReader, type SourceState } from './leavers-reader.js';
import type { Leaver } from './leavers.store.js';

@ApiTags('Users')
@Controller('admin/leavers')
export class LeaversController {
  constructor(
    private readonly reader: LeaversReader,
    private readonly missing: MissingStore,
    private readonly idle: IdleStore,
    private readonly config: AppConfig,
  ) {}

  /**
   * List users who are suspended until their next login, or are to be
   * @remarks Their pairs, sessions and access keys do not work; groups and shares stay. The next login brings all of it back. Users whom an
   * administrator has disabled are not among them.
   */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: LeaverPageDto, description: 'A page of leavers, and the latest look-ups' })
  @Problems('unprocessable')
  async list(@Query() query: PageQuery): Promise<LeaverPageDto> {
    const [page, directories] = await Promise.all([
      this.reader.page(decodeCursor(query.cursor), query.limit),
      this.reader.sources(),
    ]);
    const { dryRun, maxIdleDays } = this.config.leavers;
    return {
      items: page.items.map(itemOf),
      next_cursor: page.next_cursor,
      dry_run: dryRun,
      max_idle_days: maxIdleDays,
      directories: directories.map(lookUpOf),
    };
  }

  /**
   * Confirm that many people have left
   * @remarks When too many people are missing in a directory, or have not logged in for too long, nobody is suspended. This lets those
   * through whom it concerns now: the next round suspends whoever is missing then, too, or has not logged in until then.
   */
  @Post('confirm')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: ConfirmedLeaversDto, description: 'How many are confirmed' })
  async confirm(
    @Body() { directory }: ConfirmLeaversDto,
    @CallerParam() context: RequestContext,
  ): Promise<ConfirmedLeaversDto> {
    const users =
      directory === 'idle'
        ? await this.idle.confirm(context)
        : await this.missing.confirm(directory, context);
    return { directory, users };
  }
}

function itemOf({ name, is_suspended, reason, since, directory }: Leaver): LeaverDto {
  const state = is_suspended ? 'suspended' : 'due';
  return { user_name: name, state, reason, since: since.toISOString(), directory };
}

function lookUpOf({ directory, latest }: SourceState): LookUpDto {
  return {
    directory,
    looked_up_at: latest?.at.toISOString() ?? null,
    answered_at: latest?.answered_at?.toISOString() ?? null,
    people: latest?.people ?? 0,
    missing: latest?.missing ?? 0,
    failure: latest?.failure ?? null,
    braked: latest?.braked ?? null,
  };
}
