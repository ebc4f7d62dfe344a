import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';

/** What one step would do. */
export class PlannedStepDto {
  /** Its name */
  step!: string;

  /** Its type */
  type!: string;

  /** `skipped`: its condition is false; `unknown`: that shows only after earlier steps */
  @ApiProperty({ enum: ['planned', 'skipped', 'unknown'] })
  state!: 'planned' | 'skipped' | 'unknown';

  /** Its input; `<known after apply>` stands for what only earlier steps tell */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /** The changes that it would make now; null if that shows only after earlier steps, or only to a worker */
  @ApiProperty({ type: [PlannedChangeDto], nullable: true })
  changes!: PlannedChangeDto[] | null;
}

/** What has to be approved. */
export class RequirementDto {
  /**
   * The rule of the policy, or the step, that asks for it
   * @example "databases-of-production"
   */
  rule!: string;

  /**
   * The group whose members approve; null: the owners of the team
   * @example "Platform"
   */
  from!: string | null;

  /**
   * How many of them
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  count!: number;

  /** What they are asked */
  message!: string | null;
}

/** What has to be approved, and how many people are missing. */
export class OpenRequirementDto extends RequirementDto {
  /**
   * How many more have to approve it
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  missing!: number;

  /**
   * While it is open: who may approve it beside administrators, at most 20 names, sorted; without the requester. The members of a group that
   * `from` names are told to its members and to administrators only
   * @example ["bob"]
   */
  approvers!: string[];
}

/** What one person said. */
export class DecisionDto {
  /**
   * Who
   * @example "bob"
   */
  decided_by!: string;

  /** `bypass`: an administrator decided alone */
  @ApiProperty({ enum: ['approve', 'reject', 'bypass'] })
  decision!: 'approve' | 'reject' | 'bypass';

  /** Why */
  comment!: string | null;

  /** When, RFC 3339 */
  decided_at!: string;
}

/** A step, as it was shown. */
export class ShownStepDto {
  /** Its input */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: Record<string, unknown>;

  /** The changes that it would make; null: not known yet */
  @ApiProperty({ type: [PlannedChangeDto], nullable: true })
  changes!: PlannedChangeDto[] | null;
}

/** How a step is another one than was approved. */
export class StepDifferenceDto {
  /** Its name */
  step!: string;

  /** As it was approved; null: it was not */
  approved!: ShownStepDto | null;

  /** As it is now */
  now!: ShownStepDto;
}

/** What people are asked about a run. */
export class ApprovalDto {
  /** How it is */
  @ApiProperty({ enum: ['open', 'approved', 'rejected', 'expired', 'cancelled'] })
  state!: 'open' | 'approved' | 'rejected' | 'expired' | 'cancelled';

  /** What has to be approved, by whom */
  requirements!: OpenRequirementDto[];

  /** What the run would do from here on */
  plan!: PlannedStepDto[];

  /**
   * SHA-256 of the plan, in hex: an approval names it
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  plan_digest!: string;

  /** Why people are asked again: how the next step is another one than was approved */
  difference!: StepDifferenceDto | null;

  /** What people said */
  decisions!: DecisionDto[];

  /** When people were asked, RFC 3339 */
  asked_at!: string;

  /** When it ends without an answer, RFC 3339 */
  expires_at!: string;
}

/** A run that waits for an approval of the caller. */
export class WaitingRunDto {
  /**
   * Identifies the run
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  run_id!: string;

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

  /**
   * The group for which it runs
   * @example "KBase"
   */
  team!: string;

  /** The application for which it runs */
  application!: string | null;

  /**
   * Who asked for it
   * @example "alice"
   */
  requested_by!: string;

  /** What is asked */
  approval!: ApprovalDto;
}

/** A page of what waits for the caller. */
export class WaitingRunsDto {
  /** Runs, the one that waits longest first */
  items!: WaitingRunDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Approves a plan. */
export class ApproveDto {
  /**
   * The digest of the plan that was seen
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  @Matches(/^[0-9a-f]{64}$/)
  plan_digest!: string;

  /**
   * What to remember
   * @example "as agreed"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  comment?: string;

  /**
   * Why an administrator decides alone, past those who are asked; recorded as an event of its own
   * @example "the owners are on leave, ticket 4711"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MinLength(3)
  @MaxLength(500)
  @NoNul()
  bypass_reason?: string;
}

/** Rejects a plan. */
export class RejectDto {
  /**
   * Why
   * @example "there is a bucket for this already"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @NoNul()
  reason!: string;
}
