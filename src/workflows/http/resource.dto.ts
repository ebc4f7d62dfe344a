import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { ProviderVersionDto } from './workflow.dto.js';

/** PostgreSQL cannot store NUL. */
const TEXT = /^[^\0]*$/;

/** What a run of a workflow created. */
export class ResourceDto {
  /**
   * Identifies the resource
   * @example "0197c0de-0000-4000-8000-000000000000"
   */
  id!: string;

  /**
   * Its type
   * @example "bucket"
   */
  type!: string;

  /** Its class, if its provider has several of one type */
  class!: string | null;

  /**
   * Its name in the Score file that asked for it, otherwise the application, otherwise the name of the first thing that was made
   * @example "kbase-harvest"
   */
  name!: string;

  /** The application for which it was made */
  application!: string | null;

  /**
   * The group that has it
   * @example "KBase"
   */
  team!: string;

  /**
   * The provider that made it
   * @example "storage-team"
   */
  provider!: string;

  /**
   * The workflow that made it
   * @example "create-bucket"
   */
  workflow!: string;

  /** The version of the provider that made it */
  version!: ProviderVersionDto;

  /** The run that made it */
  run_id!: string;

  /** What its workflow gave: references, never secrets */
  @ApiProperty({ type: 'object', additionalProperties: true })
  outputs!: Record<string, unknown>;

  /** The last run that changed it */
  changed_by!: string | null;

  /** A run that changes it at present */
  changing!: string | null;

  /** A run that deletes it at present */
  deleting!: string | null;

  /** When it was asked for, RFC 3339 */
  created_at!: string;
}

/** A page of resources. */
export class ResourcePageDto {
  /** Resources, the newest first */
  items!: ResourceDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** Which resources to list. */
export class ResourcesQuery extends PageQuery {
  /**
   * Only of this type
   * @example "bucket"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  @Matches(TEXT)
  type?: string;

  /**
   * Only of this group
   * @example "KBase"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  @Matches(TEXT)
  team?: string;
}
