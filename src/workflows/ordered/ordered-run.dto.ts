import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { ScoreField } from '../requests/score-field.js';

/** PostgreSQL cannot store NUL. */
const TEXT = /^[^\0]*$/;

/** A run of a workflow, as `POST /api/workflows/{provider}/{workflow}/execute` takes it. */
export class OrderedRunInput {
  /**
   * The provider, a name of `GET /api/providers`
   * @example "storage-team"
   */
  @IsString()
  @MaxLength(130)
  @Matches(TEXT)
  provider!: string;

  /**
   * A workflow of the provider
   * @example "create-bucket"
   */
  @IsString()
  @MaxLength(100)
  @Matches(TEXT)
  workflow!: string;

  /**
   * The parameters that the workflow declares
   * @example { "bucket_name": "kbase-orders" }
   */
  @Optional()
  @IsObject()
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters: Record<string, unknown> = {};

  /** A Score file, its text or the same as an object */
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
   * @example "orders"
   */
  @Optional()
  @IsString()
  @Matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  application?: string;
}
