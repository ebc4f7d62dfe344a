import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import type { Thing } from '../../common/problems/missing-things.js';
import { Optional } from '../../common/http/validation.js';
import { requireGroupName } from '../../groups/group-name.pipe.js';
import { GroupReader } from '../../groups/group-reader.js';
import { GroupChanges } from '../../groups/group-changes.js';
import {
  Kind,
  enforced,
  takeBack,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { GROUP_NAME_PATTERN, USER_NAME_PATTERN } from '../../policy/names.js';

/** The desired membership of a user in a group. */
export class MembershipInput {
  /**
   * Name of the group
   * @example "KBase"
   */
  @ApiProperty({ pattern: GROUP_NAME_PATTERN.source })
  @IsString()
  @MaxLength(63)
  group_name!: string;

  /**
   * Name of the user
   * @example "bob"
   */
  @ApiProperty({ pattern: USER_NAME_PATTERN.source })
  @IsString()
  @MaxLength(100)
  user_name!: string;

  /** The role in the group; ignored if `state` is `absent` */
  @Optional()
  @IsIn(['member', 'reader', 'owner'])
  role: 'member' | 'reader' | 'owner' = 'member';

  /** `absent`: the user should leave the group */
  @Optional()
  @IsIn(['present', 'absent'])
  state: 'present' | 'absent' = 'present';
}

/** Adds a user to a group, or removes the user. */
@Kind('membership', MembershipInput)
@Injectable()
export class MembershipKind implements ProvisionKind<MembershipInput> {
  constructor(
    private readonly groups: GroupChanges,
    private readonly reader: GroupReader,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ group_name }: MembershipInput): string {
    return `group:${group_name}`;
  }

  validate({ group_name }: MembershipInput): Promise<void> {
    requireGroupName(group_name, 'input.group_name');
    return Promise.resolve();
  }

  plan(input: MembershipInput, context: RequestContext): Promise<ShownChange[]> {
    return this.writer.plan(this.mutationOf(input, context), context);
  }

  needs({ group_name, user_name, state }: MembershipInput): Thing[] {
    const group: Thing = { kind: 'group', name: group_name };
    return state === 'present' ? [group, { kind: 'user', name: user_name }] : [group];
  }

  async apply(input: MembershipInput, { actor }: RunContext): Promise<ProvisionResult> {
    const { group_name, user_name, role, state } = input;
    const present = state === 'present';
    const before = await this.roleOf(input);
    enforced(await this.writer.run(this.mutationOf(input, actor), actor));
    const entitlement = { type: 'group', id: group_name, user_name, ...(present ? { role } : {}) };
    const status = before === (present ? role : undefined) ? 'unchanged' : 'done';
    const action = present ? (before === undefined ? 'grant' : 'change') : 'revoke';
    // an existing membership fulfills the request, too
    const shown: Operation = {
      entitlement,
      action: status === 'unchanged' && present ? 'grant' : action,
      status,
    };
    return { operations: [shown] };
  }

  /** Removes a user who was not in the group before; a changed role stays. */
  undo(
    { group_name, user_name }: MembershipInput,
    made: ProvisionResult,
    { actor }: RunContext,
  ): Promise<ProvisionResult> {
    return takeBack(made, 'revoke', () =>
      this.writer.run(this.groups.removeMember(group_name, user_name, actor), actor),
    );
  }

  private mutationOf(
    { group_name, user_name, role, state }: MembershipInput,
    context: RequestContext,
  ): Mutation<string> {
    return state === 'present'
      ? this.groups.addMember(group_name, { user_name, role }, context)
      : this.groups.removeMember(group_name, user_name, context);
  }

  private async roleOf({ group_name, user_name }: MembershipInput): Promise<string | undefined> {
    const { group } = await this.reader.readChanged(group_name);
    return group.members.find((member) => member.user_name === user_name)?.role;
  }
}
