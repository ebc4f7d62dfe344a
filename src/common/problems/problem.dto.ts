import { ApiPropertyOptional } from '@nestjs/swagger';

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

/** A problem answer (RFC 9457). It never contains a token, a secret or a stack trace. */
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

  /** The broken rules, for 400 and 422 */
  errors?: FieldErrorDto[];

  /** The result for each target, if all were refused */
  @ApiPropertyOptional({ type: 'array', items: { type: 'object', additionalProperties: true } })
  results?: object[];
}
