import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { AccessWriter } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isUnwritten } from '../../access/subjects/subject-state.js';
import { AppConfig } from '../../config/app-config.js';
import { Principals } from '../../credentials/principals.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { Optional } from '../../common/http/validation.js';
import { homePath, formatPath } from '../../policy/paths.js';
import { UserLifecycle } from '../../users/user-lifecycle.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  enforced,
  Kind,
  takeBack,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { USER_NAME_PATTERN } from '../../policy/names.js';

/** A user to create or remove. */
export class UserInput {
  /**
   * Name of the user
   * @example "alice"
   */
  @ApiProperty({ pattern: USER_NAME_PATTERN.source })
  @IsString()
  @MaxLength(100)
  user_name!: string;

  /** `absent`: the user should be removed. The data in its home stay */
  @Optional()
  @IsIn(['present', 'absent'])
  state: 'present' | 'absent' = 'present';
}

/** Creates a user with its home, or removes one. Its pair is shown to nobody: it is derived when the user asks for it. */
@Kind('user', UserInput)
@Injectable()
export class UserKind implements ProvisionKind<UserInput> {
  constructor(
    private readonly principals: Principals,
    private readonly subjects: Subjects,
    private readonly lifecycle: UserLifecycle,
    private readonly config: AppConfig,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ user_name }: UserInput): string {
    return `user:${user_name}`;
  }

  validate({ user_name }: UserInput): Promise<void> {
    requireUserName(user_name, this.config, 'input.user_name');
    return Promise.resolve();
  }

  async plan({ user_name, state }: UserInput, context: RequestContext): Promise<ShownChange[]> {
    if (state === 'absent') {
      const isThere = await this.isThere(user_name);
      return isThere ? this.writer.plan(await this.lifecycle.remove(user_name, context), context) : [];
    }
    return this.writer.plan(await this.principals.creation(user_name, context), context);
  }

  leaves({ user_name, state }: UserInput): LeftThing[] {
    return [{ kind: 'user', name: user_name, there: state !== 'absent' }];
  }

  async apply({ user_name: userName, state }: UserInput, { actor }: RunContext): Promise<ProvisionResult> {
    const there = await this.isThere(userName);
    if (state === 'absent') return this.remove(userName, there, actor);
    await this.principals.ensure(userName, actor);
    const status = there ? 'unchanged' : 'done';
    const home = formatPath(homePath({ ...this.config.lake, userName }));
    return {
      operations: [{ entitlement: { type: 'user', id: userName }, action: 'create', status }],
      home_path: home,
    };
  }

  private async isThere(userName: string): Promise<boolean> {
    const row = await this.subjects.find({ kind: 'user', name: userName });
    return row !== undefined && !isUnwritten(row);
  }

  private async remove(userName: string, there: boolean, actor: RequestContext): Promise<ProvisionResult> {
    if (there) enforced(await this.writer.run(await this.lifecycle.remove(userName, actor), actor));
    const entitlement = { type: 'user', id: userName };
    return { operations: [{ entitlement, action: 'remove', status: there ? 'done' : 'skipped' }] };
  }

  /** Removes the user; the data in its home stays. */
  undo({ user_name }: UserInput, made: ProvisionResult, { actor }: RunContext): Promise<ProvisionResult> {
    return takeBack(made, 'remove', async () =>
      this.writer.run(await this.lifecycle.remove(user_name, actor), actor),
    );
  }
}
