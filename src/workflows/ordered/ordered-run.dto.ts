import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { ExecuteDto, TEXT } from '../requests/execute.dto.js';

/** A run of a workflow, as `POST /api/workflows/{provider}/{workflow}/execute` takes it. */
export class OrderedRunInput extends ExecuteDto {
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
  override parameters: Record<string, unknown> = {};
}
