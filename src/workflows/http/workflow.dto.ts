import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { ApprovalDto, PlannedStepDto, RequirementDto } from './approval.dto.js';
import { TEXT } from '../requests/execute.dto.js';
import { PROVISION_STATUSES } from '../../provisioning/http/provision.dto.js';

const RUN_STATUSES = [...PROVISION_STATUSES, 'awaiting_approval'] as const;

/** Which files of the provider a run was accepted with. */
export class ProviderVersionDto {
  /** SHA-256 of the files, in hex */
  digest!: string;

  /** The commit, of a provider from Git */
  commit?: string;
}

/** One step of a run. */
export class RunStepDto {
  /**
   * Its name; of a step of a sub-workflow with the name of the calling step before it
   * @example "create-bucket"
   */
  name!: string;

  /**
   * Its type; see `GET /api/step-types`
   * @example "storage.bucket"
   */
  type!: string;

  /** `waiting`: it has not begun; `skipped`: its condition is false, or another step of its sub-workflow failed */
  @ApiProperty({ enum: ['waiting', ...PROVISION_STATUSES, 'skipped', 'undoing', 'undone', 'undo_failed'] })
  status!: string;

  /**
   * How often it was tried
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  attempts!: number;

  /**
   * What it gave, for later steps: never a secret
   * @example { "bucket": "field-data" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  outputs!: Record<string, unknown>;

  /** What it did, and after an undo what was taken back and what stays */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  operations!: object[];

  /** Why it, or its undo, failed */
  error!: string | null;

  /** The name of the failure */
  error_code!: string | null;

  /** The provision that carries it out */
  provision_id!: string | null;

  /** The run that takes it back: the delete workflow of the resource that it made */
  undo_run_id!: string | null;
}

/** What a run does with a resource of its Score file. */
export class RunResourceDto {
  /**
   * Its name in the file
   * @example "payment-gateway"
   */
  name!: string;

  /**
   * Its type
   * @example "payment-gateway"
   */
  type!: string;

  /**
   * Its class
   * @example "default"
   */
  class!: string;

  /**
   * The provider that makes it
   * @example "payments"
   */
  provider!: string;

  /** `keep`: it is there as the file says, and nothing is done; `left`: the file no longer has it, and nothing is done either */
  @ApiProperty({ enum: ['create', 'update', 'keep', 'left'] })
  operation!: 'create' | 'update' | 'keep' | 'left';

  /** Of one that is `left`: what `GET /api/resources` lists it by */
  id!: string | null;

  /** Of one that is `left`: how to have it deleted */
  message!: string | null;
}

/** A run of a workflow, without its steps. */
export class RunSummaryDto {
  /**
   * Identifies the run
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * The provider
   * @example "storage-team"
   */
  provider!: string;

  /**
   * The workflow
   * @example "create-bucket"
   */
  workflow!: string;

  /** The version of the provider that it was accepted with: a later one changes nothing of it */
  version!: ProviderVersionDto;

  /**
   * The group for which it runs
   * @example "KBase"
   */
  team!: string;

  /** The application for which it runs */
  application!: string | null;

  /** Its state: `pending_action` while a step is under way, `awaiting_approval` while people are asked */
  @ApiProperty({ enum: RUN_STATUSES })
  status!: (typeof RUN_STATUSES)[number];

  /** The name of the requester; of a run that an event started, who caused the event */
  requested_by!: string;

  /**
   * The event that started it; null: somebody asked for it
   * @example "group.created"
   */
  event!: string | null;

  /** Why it failed */
  error!: string | null;

  /** The name of the failure */
  error_code!: string | null;

  /** When it was accepted, RFC 3339 */
  created_at!: string;

  /** When it ended, RFC 3339 */
  ended_at!: string | null;

  /** When everything that it made was taken back, RFC 3339 */
  undone_at!: string | null;
}

/** A run of a workflow. */
export class RunDto extends RunSummaryDto {
  /**
   * The parameters, with defaults
   * @example { "bucket_name": "field-data", "versioning": true }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters!: Record<string, unknown>;

  /** What the workflow gives, once it is completed: references, never secrets */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  outputs!: Record<string, unknown> | null;

  /** The resources of its Score file that providers make */
  resources!: RunResourceDto[];

  /** Its steps, in order */
  steps!: RunStepDto[];

  /** What people were asked about it, and what they said, in order */
  approvals!: ApprovalDto[];

  /** SHA-256 of the plan that waits for an approval, in hex; null: none does */
  plan_digest!: string | null;
}

/** A page of runs. */
export class RunPageDto {
  /** Runs, the newest first */
  items!: RunSummaryDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Which runs to list. */
export class RunsQuery extends PageQuery {
  /** Only in this state */
  @Optional({ enum: RUN_STATUSES })
  @IsIn(RUN_STATUSES)
  status?: (typeof RUN_STATUSES)[number];

  /**
   * Only of this provider
   * @example "storage-team"
   */
  @Optional()
  @IsString()
  @MaxLength(200)
  @Matches(TEXT)
  provider?: string;

  /**
   * Only those that this person, or this service, asked for
   * @example "alice"
   */
  @Optional()
  @IsString()
  @MaxLength(200)
  @Matches(TEXT)
  requested_by?: string;
}

/** A limit of the team. */
export class QuotaDto {
  /**
   * Which one
   * @example "buckets"
   */
  limit!: string;

  /**
   * What the team has
   * @example 4
   */
  @ApiProperty({ type: 'integer' })
  used!: number;

  /**
   * What this run would add
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  asked!: number;

  /**
   * What the team may have
   * @example 20
   */
  @ApiProperty({ type: 'integer' })
  allowed!: number;
}

/** A rule of the policy that is about the run. */
export class FiredRuleDto {
  /**
   * Its name
   * @example "databases-of-production"
   */
  rule!: string;

  /** What it does */
  @ApiProperty({ enum: ['deny', 'approve'] })
  then!: 'deny' | 'approve';

  /** What it says */
  message!: string | null;
}

/** What a run would do. Nothing was recorded or changed. */
export class RunPlanDto {
  /** The steps, in order */
  plan!: PlannedStepDto[];

  /**
   * The steps whose `changes` are null because only a worker can tell: it plans them before they are carried out, and before people are asked
   * @example []
   */
  planned_by_worker!: string[];

  /** The resources of the Score file that providers make */
  resources!: RunResourceDto[];

  /** The rules of the policy that are about it */
  rules!: FiredRuleDto[];

  /** What people would have to approve */
  approvals_needed!: RequirementDto[];

  /** The limits of the team */
  quota!: QuotaDto[];
}
