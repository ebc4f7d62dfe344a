import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../auth/authenticated.js';
import { brokenRule } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { dayOf, daysBefore, MAX_DAYS, seriesOf } from './series.js';
import { StatisticsDto, StatisticsQuery } from './statistics.dto.js';
import { StatisticsStore } from './statistics.store.js';

/** Days of a series whose first day is not told. */
const USUAL_DAYS = 30;

@ApiTags('Administration')
@Controller('admin/statistics')
export class StatisticsController {
  constructor(private readonly store: StatisticsStore) {}

  /** Count what happened, by day */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: StatisticsDto, description: 'Every day until today' })
  @Problems('unprocessable')
  async count(@Query() { metric, since, step }: StatisticsQuery): Promise<StatisticsDto> {
    const now = new Date();
    const first = dayOf(since === undefined ? daysBefore(now, USUAL_DAYS) : new Date(since));
    // ISO 8601 has weeks, too
    if (Number.isNaN(first.getTime())) throw brokenRule('since', 'must be a date or a time');
    if (first > now) throw brokenRule('since', 'must not be in the future');
    if (first < daysBefore(now, MAX_DAYS)) throw brokenRule('since', `must be at most ${MAX_DAYS} days ago`);
    return { metric, step, points: seriesOf(await this.store.days(metric, first), first, now) };
  }
}
