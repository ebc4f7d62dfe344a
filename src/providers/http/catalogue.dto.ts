import { FileErrorDto } from '../../common/problems/problem.dto.js';
import { ApiProperty } from '@nestjs/swagger';
import type { StepType } from '../../documents/step-types/step-type.js';
import type { CurrentWorkflow } from '../catalogue/catalogue.js';

/** A step type. */
export class StepTypeDto {
  /**
   * Its name in workflows
   * @example "storage.bucket"
   */
  name!: string;

  /** What it makes */
  description!: string;

  /** The system that it acts on; null: none */
  target!: string | null;

  /** Its input, as a JSON Schema (2020-12) */
  @ApiProperty({ type: 'object', additionalProperties: true })
  input!: object;

  /** The schema of each output; a secret is never one */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'object' } })
  outputs!: object;

  /** An input that is valid as it stands */
  @ApiProperty({ type: 'object', additionalProperties: true })
  example!: object;

  /** What a dry run shows */
  plan!: string;

  /** What it does */
  apply!: string;

  /** What an undo takes back; null: there is nothing to take back */
  undo!: string | null;
}

/** A page of step types. */
export class StepTypePageDto {
  /** Step types by name */
  items!: StepTypeDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** A workflow that people run. */
export class GoldenPathDto {
  /**
   * The name of the workflow
   * @example "onboard-data-team"
   */
  name!: string;

  /**
   * The provider that has it
   * @example "storage-team"
   */
  provider!: string;

  /** The group whose members see it; null: everybody does */
  team!: string | null;

  /** What it does */
  description!: string | null;

  /** Its parameters, as a JSON Schema (2020-12) of type object. `default_from` is a default that names the team, who asks or the application */
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters!: object;
}

/** A page of golden paths. */
export class GoldenPathPageDto {
  /** Golden paths by name */
  items!: GoldenPathDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** How the load of a provider ended. */
export class ReloadedDto {
  /**
   * The provider
   * @example "storage-team"
   */
  name!: string;

  /** `failed`: the version before stays in use; `GET /api/providers/{name}` says why it failed */
  status!: 'ready' | 'failed';

  /** Whether another version is current than before */
  changed!: boolean;
}

/** What a load of all providers did. */
export class ReloadDto {
  /** Every provider that there is now, by name */
  providers!: ReloadedDto[];

  /** Names of providers whose folder is gone */
  removed!: string[];
}

/** A token for a Git server, without its value. */
export class GitTokenDto {
  /** The name that registrations refer to */
  name!: string;

  /** The server that it is for */
  host!: string;

  /** The name that is sent with it */
  username!: string;

  /** Teams whose providers may use it, besides those of the platform */
  teams!: string[];
}

/** Where providers may come from. */
export class ProvidersConfigDto {
  /** PROVIDERS_DIR */
  providers_dir!: string;

  /** PROVIDER_GIT_HOSTS */
  git_hosts!: string[];

  /** PROVIDER_GIT_PRIVATE_HOSTS */
  git_private_hosts!: string[];

  /** PROVIDER_GIT_INSECURE */
  git_insecure!: boolean;

  /** PROVIDER_RELOAD_SECONDS; 0: providers in Git are loaded again on demand only */
  @ApiProperty({ type: 'integer' })
  git_reload_seconds!: number;

  /** Whether PROVIDER_WEBHOOK_SECRET is set: Git servers may tell of pushes */
  git_webhook!: boolean;

  /** PROVIDER_GIT_TOKENS, without their values */
  git_tokens!: GitTokenDto[];

  /** WORKFLOW_POLICY_FILE; null: there is none */
  policy_file!: string | null;

  /** The policy that counts */
  @ApiProperty({ type: 'object', additionalProperties: true })
  policy!: object;

  /** What is wrong with the file as it is now: the policy that counts is an earlier one */
  policy_errors!: FileErrorDto[];
}

export function shownStepType(type: StepType): StepTypeDto {
  const { name, description, target = null, input, outputs, example, plan, apply, undo } = type;
  return { name, description, target, input, outputs, example, plan, apply, undo };
}

export function shownGoldenPath({ name: provider, team, workflow }: CurrentWorkflow): GoldenPathDto {
  const { name, description = null, parameters } = workflow;
  return { name, provider, team, description, parameters };
}
