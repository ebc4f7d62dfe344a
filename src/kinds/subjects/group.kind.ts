import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Optional } from '../../common/http/validation.js';
import type { Thing } from '../../common/problems/missing-things.js';
import { brokenRule } from '../../common/problems/problem.js';
import { GrantableBuckets } from '../../groups/grantable-buckets.js';
import { requireGroupName } from '../../groups/group-name.pipe.js';
import { GroupRequestDto } from '../../groups/group.dto.js';
import { readGroup } from '../../groups/group-requests.js';
import { Groups } from '../../groups/groups.js';
import type { ExpectedThings, LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  type AskContext,
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

  /** `absent`: the group should be removed, with the grants to it */
  @Optional()
  @IsIn(['present', 'absent'])
  state: 'present' | 'absent' = 'present';
}

/** Creates, changes or removes a group. */
@Kind('group', GroupInput)
@Injectable()
export class GroupKind implements ProvisionKind<GroupInput> {
  constructor(
    private readonly groups: Groups,
    private readonly grantable: GrantableBuckets,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ group_name }: GroupInput): string {
    return `group:${group_name}`;
  }

  async validate(input: GroupInput, { expected }: AskContext): Promise<void> {
    requireGroupName(input.group_name, 'input.group_name');
    await this.wishOf(input, expected);
    const { group_name: _, state, ...wishes } = input;
    if (state === 'absent' && Object.values(wishes).some((each) => each !== undefined))
      throw brokenRule('input.state', 'must be present with members, grants or other fields');
  }

  async plan(input: GroupInput, context: AskContext): Promise<ShownChange[]> {
    if (input.state === 'absent')
      return this.writer.plan(this.groups.remove(input.group_name, context), context);
    const mutation = await this.groups.save(
      input.group_name,
      await this.wishOf(input, context.expected),
      context,
    );
    return this.writer.plan(mutation, context);
  }

  needs({ members = [], readers = [], owners = [] }: GroupInput): Thing[] {
    return [...members, ...readers, ...owners].map((name) => ({ kind: 'user', name }));
  }

  leaves({ group_name, state }: GroupInput): LeftThing[] {
    return [{ kind: 'group', name: group_name, there: state !== 'absent' }];
  }

  async apply(input: GroupInput, { actor }: RunContext): Promise<ProvisionResult> {
    if (input.state === 'absent') return this.remove(input.group_name, actor);
    const mutation = await this.groups.save(input.group_name, await this.wishOf(input), actor);
    const { created } = enforced(await this.writer.run(mutation, actor));
    const entitlement = { type: 'group', id: input.group_name };
    return { operations: [{ entitlement, action: created ? 'create' : 'change', status: 'done' }] };
  }

  /** Removes a group that it created, with the grants to it; a change of an existing group stays. */
  undo({ group_name }: GroupInput, made: ProvisionResult, { actor }: RunContext): Promise<ProvisionResult> {
    return takeBack(made, 'remove', () => this.writer.run(this.groups.remove(group_name, actor), actor));
  }

  private async remove(name: string, actor: RequestContext): Promise<ProvisionResult> {
    const removal = this.groups.remove(name, actor);
    let status: 'done' | 'skipped' = 'skipped';
    const noted: Mutation<undefined> = async (trx) => {
      const change = await removal(trx);
      if (change.affected.length > 0) status = 'done';
      return change;
    };
    enforced(await this.writer.run(noted, actor));
    return { operations: [{ entitlement: { type: 'group', id: name }, action: 'remove', status }] };
  }

  private async wishOf(input: GroupInput, expected?: ExpectedThings) {
    return readGroup(input, await this.grantable.lakeFor(input, expected));
  }
}
