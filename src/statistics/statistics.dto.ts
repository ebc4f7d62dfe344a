import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsString, MaxLength } from 'class-validator';
import { Optional } from '../common/http/validation.js';
import { METRICS, type Metric } from './statistics.store.js';

/** What is counted, and since when. */
export class StatisticsQuery {
  /**
   * `logins`: people who logged in, each once a day, and users whose credentials a service fetched; `sessions`: sessions that were issued;
   * `shares`: calls that shared a path; `drift`: users, groups and data products that a sweep found to differ and marked for repair;
   * `provisions`: provisions that were accepted
   */
  @ApiProperty({ enum: METRICS, example: 'logins' })
  @IsIn(METRICS)
  metric!: Metric;

  /**
   * The first day, as a date or a time, RFC 3339; at most 400 days ago. Absent: 30 days ago
   * @example "2026-01-01"
   */
  @Optional()
  @IsString()
  @MaxLength(40)
  @IsISO8601({ strict: true })
  since?: string;

  /** The length of a step */
  @Optional({ enum: ['day'] })
  @IsIn(['day'])
  step = 'day' as const;
}

/** A day and what happened on it. */
export class PointDto {
  /**
   * When the day began, in UTC, RFC 3339
   * @example "2026-03-01T00:00:00.000Z"
   */
  at!: string;

  /**
   * The count; of today, until now
   * @example 12
   */
  @ApiProperty({ type: 'integer' })
  value!: number;
}

/** What happened on each day. */
export class StatisticsDto {
  /** What is counted */
  @ApiProperty({ enum: METRICS })
  metric!: Metric;

  /** The length of a step */
  step!: 'day';

  /** Every day from the first until today, the oldest first; 0: nothing happened */
  points!: PointDto[];
}
