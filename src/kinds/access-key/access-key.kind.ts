import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { AccessWriter } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { AppConfig } from '../../config/app-config.js';
import { AccessKeyRequestDto } from '../../credentials/dto/access-key.dto.js';
import { Principals } from '../../credentials/principals.js';
import type { LeftThing } from '../../provisioning/kinds/expected-things.js';
import {
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { USER_NAME_PATTERN } from '../../policy/names.js';

/** An access key to prepare. */
export class AccessKeyInput extends AccessKeyRequestDto {
  /**
   * The user of the key
   * @example "alice"
   */
  @ApiProperty({ pattern: USER_NAME_PATTERN.source })
  @IsString()
  @MaxLength(100)
  user_name!: string;
}

/** Prepares an access key: creates the user. The key itself is created by the claim, because its secret is shown once and never stored. */
@Kind('access_key', AccessKeyInput, { lasting: false })
@Injectable()
export class AccessKeyKind implements ProvisionKind<AccessKeyInput> {
  constructor(
    private readonly principals: Principals,
    private readonly config: AppConfig,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ user_name }: AccessKeyInput): string {
    return `user:${user_name}`;
  }

  validate({ user_name }: AccessKeyInput): Promise<void> {
    requireUserName(user_name, this.config, 'input.user_name');
    return Promise.resolve();
  }

  async plan({ user_name }: AccessKeyInput, context: RequestContext): Promise<ShownChange[]> {
    return this.writer.plan(await this.principals.creation(user_name, context), context);
  }

  leaves({ user_name }: AccessKeyInput): LeftThing[] {
    return [{ kind: 'user', name: user_name, there: true }];
  }

  async apply(
    { user_name, name }: AccessKeyInput,
    { actor, provisionId }: RunContext,
  ): Promise<ProvisionResult> {
    await this.principals.ensure(user_name, actor);
    const entitlement = { type: 'access_key', name, user_name };
    return {
      operations: [{ entitlement, action: 'create', status: 'done' }],
      claim: `/provisions/${provisionId}/claim`,
    };
  }
}
