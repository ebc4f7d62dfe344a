import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { AccessWriter } from '../../access/changes/writer.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isUnwritten } from '../../access/subjects/subject-state.js';
import { AppConfig } from '../../config/app-config.js';
import { Principals } from '../../credentials/principals.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { homePath, formatPath } from '../../policy/paths.js';
import { UserLifecycle } from '../../users/user-lifecycle.js';
import {
  Kind,
  takeBack,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { USER_NAME_PATTERN } from '../../policy/names.js';

/** A user to create. */
export class UserInput {
  /**
   * Name of the user
   * @example "alice"
   */
  @ApiProperty({ pattern: USER_NAME_PATTERN.source })
  @IsString()
  @MaxLength(100)
  user_name!: string;
}

/** Creates a user with its home. Its pair is shown to nobody: it is derived when the user asks for it. */
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

  plan({ user_name }: UserInput, context: RequestContext): Promise<ShownChange[]> {
    return this.writer.plan(this.principals.creation(user_name, context), context);
  }

  async apply({ user_name: userName }: UserInput, { actor }: RunContext): Promise<ProvisionResult> {
    const row = await this.subjects.find({ kind: 'user', name: userName });
    const there = row !== undefined && !isUnwritten(row);
    await this.principals.ensure(userName, actor);
    const status = there ? 'unchanged' : 'done';
    const home = formatPath(homePath({ ...this.config.lake, userName }));
    return {
      operations: [{ entitlement: { type: 'user', id: userName }, action: 'create', status }],
      home_path: home,
    };
  }

  /** Removes the user; the data in its home stays. */
  undo({ user_name }: UserInput, made: ProvisionResult, { actor }: RunContext): Promise<ProvisionResult> {
    return takeBack(made, 'remove', async () =>
      this.writer.run(await this.lifecycle.remove(user_name, actor), actor),
    );
  }
}
