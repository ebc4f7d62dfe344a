import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNotEmptyObject,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import { Optional } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { PROVISION_STATUSES } from '../../provisioning/http/provision.dto.js';

/** PostgreSQL cannot store NUL. */
const TEXT = /^[^\0]*$/;
const MAX_ITEMS = 100;

/** One item of an order plan. */
export class PlanItemRequestDto {
  /**
   * A kind of `POST /provisions`; with the scope `provision`: `access.grant` or `access.revoke`
   * @example "bucket"
   */
  @IsString()
  @MaxLength(64)
  kind!: string;

  /**
   * The input of the kind; see `POST /provisions`
   * @example { "bucket": "survey-data" }
   */
  @IsObject()
  @IsNotEmptyObject()
  @ApiProperty({ type: 'object', additionalProperties: true, minProperties: 1 })
  input!: Record<string, unknown>;

  /**
   * Its stage, 0 to 1,000. Items of one stage begin together, when all items of lower stages have ended
   * @example 0
   */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(1000)
  stage: number = 0;

  /**
   * `true`: when it fails for good, what has not begun is cancelled, and the plan fails with its message. `false`: the plan goes on
   * @example true
   */
  @Optional()
  @IsBoolean()
  hard: boolean = true;
}

/** An order plan: provisions in stages, whose joint result is one result. */
export class PlanRequestDto {
  /**
   * What you call the order, up to 200 characters; `GET /plans?order=` finds its plans
   * @example "order-4711"
   */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @Matches(TEXT)
  order?: string;

  /**
   * Where the end of the plan is told, by a signed webhook: an address of a host that `PLAN_CALLBACK_ORIGINS` allows, or null. It is stored and
   * shown, so it must hold no secret
   */
  @Optional({ type: String, nullable: true, example: null, maxLength: 1000 })
  @ValidateIf(({ callback }: PlanRequestDto) => callback !== null)
  @IsString()
  @MaxLength(1000)
  @Matches(TEXT)
  callback?: string | null;

  /** 1 to 100 items */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  @ValidateNested({ each: true })
  @Type(() => PlanItemRequestDto)
  items!: PlanItemRequestDto[];
}

/** How one item of an order plan stands. */
export class PlanItemDto {
  /** The provision that carries it out; null: it has not begun */
  provision_id!: string | null;

  /**
   * Its kind
   * @example "bucket"
   */
  kind!: string;

  /**
   * The input of the kind
   * @example { "bucket": "survey-data" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /**
   * Its stage
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  stage!: number;

  /** Whether its failure ends the plan */
  hard!: boolean;

  /**
   * `waiting`: it has not begun; `skipped`: it was already so; `cancelled`: it will not begin, or was cancelled; otherwise that of its provision,
   * and of the undo
   * @example "completed"
   */
  @ApiProperty({ enum: ['waiting', ...PROVISION_STATUSES, 'skipped', 'undoing', 'undone', 'undo_failed'] })
  status!: string;

  /** An equal request was on its way already: the item has its provision */
  joined!: boolean;

  /** What was done, and after an undo what was taken back and what stays */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  operations!: object[];

  /** Why it, or its undo, failed */
  error!: string | null;

  /** The name of the failure */
  error_code!: string | null;
}

/** An order plan, without its items. */
export class PlanSummaryDto {
  /**
   * Identifies the plan
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * What the requester calls the order
   * @example "order-4711"
   */
  order!: string | null;

  /** Where its end is told */
  callback!: string | null;

  /** Its state: `pending_action` while items are under way */
  @ApiProperty({ enum: PROVISION_STATUSES })
  status!: (typeof PROVISION_STATUSES)[number];

  /** The message of the hard item that failed first */
  result_message!: string | null;

  /** The name of the requester */
  requested_by!: string;

  /** When it was accepted, RFC 3339 */
  created_at!: string;

  /** When it ended, RFC 3339 */
  ended_at!: string | null;

  /** When everything that it made was taken back, RFC 3339 */
  undone_at!: string | null;
}

/** An order plan. */
export class PlanDto extends PlanSummaryDto {
  /** Its items, in the order of the request */
  items!: PlanItemDto[];
}

/** A page of order plans. */
export class PlanPageDto {
  /** Plans, the newest first */
  items!: PlanSummaryDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Which order plans to list. */
export class PlansQuery extends PageQuery {
  /**
   * Only of this order
   * @example "order-4711"
   */
  @Optional()
  @IsString()
  @MaxLength(200)
  @Matches(TEXT)
  order?: string;
}

/** What one item would do. */
export class PlannedItemDto {
  /**
   * Its kind
   * @example "bucket"
   */
  kind!: string;

  /**
   * Its stage
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  stage!: number;

  /** Whether its failure ends the plan */
  hard!: boolean;

  /** The changes that it would make; empty: it is so already; null: `reason` says why there are none */
  @ApiProperty({ type: [PlannedChangeDto], nullable: true })
  changes!: PlannedChangeDto[] | null;

  /** As things are it would fail, by the rule that `reason` names */
  fails!: boolean;

  /** Why there are no changes: it fails, or they are not known before an earlier stage has made what it needs */
  reason!: string | null;
}

/** What an order plan would do. Nothing was recorded or changed. */
export class PlanDryRunDto {
  /** Always true */
  @ApiProperty({ enum: [true] })
  dry_run!: boolean;

  /** The items, in the order of the request */
  items!: PlannedItemDto[];
}
