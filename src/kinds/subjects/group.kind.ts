import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { AccessWriter } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import { requireGroupName } from '../../groups/group-name.pipe.js';
import { GroupRequestDto } from '../../groups/group.dto.js';
import { readGroup } from '../../groups/group-requests.js';
import { Groups } from '../../groups/groups.js';
import {
  Kind,
  enforced,
  takeBack,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { GROUP_NAME_PATTERN } from '../../policy/names.js';

/** The desired state of a group. Absent fields stay unchanged; a given list replaces the current one. */
export class GroupInput extends GroupRequestDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  @ApiProperty({ pattern: GROUP_NAME_PATTERN.source })
  @IsString()
  @MaxLength(63)
  group_name!: string;
}

/** Creates or changes a group. */
@Kind('group', GroupInput)
@Injectable()
export class GroupKind implements ProvisionKind<GroupInput> {
  constructor(
    private readonly groups: Groups,
    private readonly config: AppConfig,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ group_name }: GroupInput): string {
    return `group:${group_name}`;
  }

  validate(input: GroupInput): Promise<void> {
    requireGroupName(input.group_name, 'input.group_name');
    this.wishOf(input);
    return Promise.resolve();
  }

  async plan(input: GroupInput, context: RequestContext): Promise<ShownChange[]> {
    const mutation = await this.groups.save(input.group_name, this.wishOf(input), context);
    return this.writer.plan(mutation, context);
  }

  async apply(input: GroupInput, { actor }: RunContext): Promise<ProvisionResult> {
    const mutation = await this.groups.save(input.group_name, this.wishOf(input), actor);
    const { created } = enforced(await this.writer.run(mutation, actor));
    const entitlement = { type: 'group', id: input.group_name };
    return { operations: [{ entitlement, action: created ? 'create' : 'change', status: 'done' }] };
  }

  /** Removes a group that it created, with the grants to it; a change of an existing group stays. */
  undo({ group_name }: GroupInput, made: ProvisionResult, { actor }: RunContext): Promise<ProvisionResult> {
    return takeBack(made, 'remove', () => this.writer.run(this.groups.remove(group_name, actor), actor));
  }

  private wishOf(input: GroupInput) {
    return readGroup(input, this.config.lake);
  }
}
