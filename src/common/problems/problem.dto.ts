import { ApiExtraModels, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';

/** One broken rule of one field. */
export class FieldErrorDto {
  /**
   * A body field, path parameter or query parameter; nested names are joined by dots
   * @example "duration_seconds"
   */
  field!: string;

  /**
   * The rule that is broken
   * @example "must not be less than 900"
   */
  rule!: string;
}

/** One error in a file of a provider. */
export class FileErrorDto {
  /**
   * The path below the folder of the provider
   * @example "workflows/create-bucket.yaml"
   */
  file!: string;

  /**
   * Counts from 1
   * @example 12
   */
  line!: number;

  /**
   * Counts from 1
   * @example 5
   */
  column!: number;

  /**
   * What is wrong
   * @example "There is no step type `storage.buckets`"
   */
  message!: string;

  /**
   * What to write instead, if that is known
   * @example "storage.bucket"
   */
  suggestion?: string;
}

/** A problem answer (RFC 9457). It never contains a token, a secret or a stack trace. */
@ApiExtraModels(FieldErrorDto, FileErrorDto)
export class ProblemDto {
  /**
   * A URI that names the kind of problem
   * @example "urn:minio-manager:problem:user_disabled"
   */
  type!: string;

  /**
   * What went wrong, the same text for every occurrence of this type
   * @example "The user is disabled"
   */
  title!: string;

  /**
   * The HTTP status
   * @example 403
   */
  status!: number;

  /** What went wrong this time, for a person to read; broken rules are in `errors` */
  detail!: string;

  /**
   * Machine-readable name of the problem
   * @example "user_disabled"
   */
  code!: string;

  /** Also in the answer's `X-Request-Id` header and in the service's log */
  request_id!: string;

  /** The broken rules, for 400 and 422; of `provider_invalid` and `score_invalid`, the errors in files */
  @ApiPropertyOptional({
    type: 'array',
    items: { anyOf: [{ $ref: getSchemaPath(FieldErrorDto) }, { $ref: getSchemaPath(FileErrorDto) }] },
  })
  errors?: FieldErrorDto[] | FileErrorDto[];

  /** The result for each target, if all were refused */
  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  results?: object[];
}
