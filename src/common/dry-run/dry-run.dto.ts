import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { Optional } from '../http/validation.js';

/** Query parameters of every change of access. */
export class DryRunQuery {
  /** Change nothing and return what would be done */
  @Optional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => flag(obj.dry_run))
  @IsBoolean()
  dry_run: boolean = false;
}

/** `true` and `false` as a query spells them; any other value is left for validation to refuse. */
export function flag(text: unknown): unknown {
  return text === 'true' ? true : text === 'false' ? false : text;
}

/** One planned change: in MinIO, or, for a person who is not an administrator, in the person's own grants and groups. */
export class PlannedChangeDto {
  /**
   * What would be done; for a person: `add_grant`, `remove_grant`, `change_grant`, `add_member`, `remove_member`, `change_role`. For
   * everybody: `add_waiting_share`, `change_waiting_share`, `remove_waiting_share`
   * @example "put_policy"
   */
  change!: string;

  /**
   * The target of the change
   * @example "policy mgr:group:KBase:1"
   */
  target!: string;

  /** The state now; null: it does not exist */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  before!: Record<string, unknown> | null;

  /** The state afterwards; null: it would be gone */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  after!: Record<string, unknown> | null;
}

/** What a change would do; nothing was changed. */
export class DryRunDto {
  /** Always true */
  @ApiProperty({ enum: [true] })
  dry_run!: boolean;

  /** In the order in which it would be done; empty: MinIO holds it already */
  plan!: PlannedChangeDto[];
}

/** The answer to `?dry_run=true`. */
export function dryRun(plan: PlannedChangeDto[]): DryRunDto {
  return { dry_run: true, plan };
}

/** Declares a 200 that is either the result, if there is one, or with `?dry_run=true` the plan. */
export function ApiOkOrPlan(description: string, result?: Type<unknown>): MethodDecorator {
  const models = [...(result ? [result] : []), DryRunDto];
  const oneOf = models.map((model) => ({ $ref: getSchemaPath(model) }));
  return applyDecorators(
    ApiExtraModels(...models),
    ApiOkResponse({ description, schema: oneOf.length > 1 ? { oneOf } : oneOf[0] }),
  );
}
