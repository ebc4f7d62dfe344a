import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { ScoreField } from './score-field.js';

/** PostgreSQL cannot store NUL. */
export const TEXT = /^[^\0]*$/;

/** What a workflow is run with. */
export class ExecuteDto {
  /**
   * The parameters that the workflow declares
   * @example { "bucket_name": "field-data" }
   */
  @Optional()
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters: Record<string, unknown> = {};

  /**
   * A Score file (`score.dev/v1b1`), its text or the same as an object: the application, and its resources. Those that the workflow itself
   * creates give it parameters by their `params`, and a field of `parameters` counts more; the other ones are made by their providers, before
   */
  @ScoreField()
  score?: string | object;

  /**
   * The group for which it runs; without it the group that owns the provider
   * @example "KBase"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  @Matches(TEXT)
  team?: string;

  /**
   * The application for which it runs: one run at a time for each
   * @example "harvest"
   */
  @Optional()
  @IsString()
  @Matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  application?: string;
}

/** What a golden path is run with. */
export class ExecutePathDto extends ExecuteDto {
  /**
   * The parameters that the golden path declares
   * @example { "team": "Harbor", "bucket_name": "harbor-data", "members": ["alice"] }
   */
  @Optional()
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  override parameters: Record<string, unknown> = {};
}
