import { IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';

/** Which lines to show. */
export class RunLogQuery extends PageQuery {
  /**
   * Only of this step
   * @example "create-bucket"
   */
  @Optional()
  @IsString()
  @MaxLength(300)
  @Matches(/^[^\0]*$/)
  step?: string;
}

/** What happened in a run. */
export class RunLogLineDto {
  /** When it happened, RFC 3339 */
  at!: string;

  /**
   * The step; null: the run itself
   * @example "create-bucket"
   */
  step!: string | null;

  /**
   * A sentence
   * @example "Step create-bucket is completed."
   */
  text!: string;
}

/** A part of the log of a run. */
export class RunLogDto {
  /** The earliest first */
  lines!: RunLogLineDto[];

  /** The `cursor` of the next part, also while there is none yet; null: the run has ended, and these are the last lines */
  next!: string | null;
}
