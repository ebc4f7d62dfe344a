import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { AccessWriter } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { AppConfig } from '../../config/app-config.js';
import type { Thing } from '../../common/problems/missing-things.js';
import { ShareRequestDto } from '../../sharing/share.dto.js';
import { PastVersions, withPast } from '../../sharing/past-versions.js';
import { readShare, readUnshare } from '../../sharing/share-requests.js';
import { Sharing } from '../../sharing/sharing.js';
import type { TargetResult } from '../../sharing/target-result.js';
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
import { USER_NAME_PATTERN } from '../../policy/names.js';

/** A share of a path below somebody's home. */
export class ShareInput extends ShareRequestDto {
  /**
   * The user whose home contains the path
   * @example "alice"
   */
  @ApiProperty({ pattern: USER_NAME_PATTERN.source })
  @IsString()
  @MaxLength(100)
  user_name!: string;
}

/** Shares a path with users and groups. */
@Kind('share', ShareInput)
@Injectable()
export class ShareKind implements ProvisionKind<ShareInput> {
  constructor(
    private readonly sharing: Sharing,
    private readonly past: PastVersions,
    private readonly config: AppConfig,
    private readonly writer: AccessWriter,
  ) {}

  subjectOf({ user_name }: ShareInput): string {
    return `user:${user_name}`;
  }

  validate(input: ShareInput): Promise<void> {
    requireUserName(input.user_name, this.config, 'input.user_name');
    this.wishOf(input);
    return Promise.resolve();
  }

  plan(input: ShareInput, context: RequestContext): Promise<ShownChange[]> {
    const mutation = this.sharing.share(input.user_name, this.wishOf(input), context);
    return this.writer.plan(mutation, context);
  }

  needs({ user_name }: ShareInput): Thing[] {
    return [{ kind: 'user', name: user_name }];
  }

  async apply(input: ShareInput, { actor }: RunContext): Promise<ProvisionResult> {
    const spec = this.wishOf(input);
    const hasVersions = this.past.ask(spec.path.bucket);
    const written = await this.writer.run(this.sharing.share(input.user_name, spec, actor), actor);
    const results = (await hasVersions(written)) ? withPast(enforced(written)) : enforced(written);
    return { operations: results.map((each) => operationOf(input, each)) };
  }

  /** Revokes the new grants; a changed permission stays. */
  undo(
    { user_name, path }: ShareInput,
    made: ProvisionResult,
    { actor }: RunContext,
  ): Promise<ProvisionResult> {
    return takeBack(made, 'revoke', (operations) => {
      const from = { from_users: namesIn(operations, 'user'), from_groups: namesIn(operations, 'group') };
      const spec = readUnshare(user_name, { path, ...from }, this.config.lake);
      return this.writer.run(this.sharing.unshare(user_name, spec, actor), actor);
    });
  }

  private wishOf(input: ShareInput) {
    return readShare(input.user_name, input, this.config.lake);
  }
}

function namesIn(operations: readonly Operation[], kind: 'user' | 'group'): string[] {
  return operations.flatMap(({ entitlement }) =>
    typeof entitlement[kind] === 'string' ? [entitlement[kind]] : [],
  );
}

function operationOf({ path }: ShareInput, { kind, name, status, message }: TargetResult): Operation {
  return {
    entitlement: { type: 'path', path, [kind]: name },
    action: status === 'changed' ? 'change' : 'grant',
    status: status === 'refused' ? 'skipped' : status === 'unchanged' ? 'unchanged' : 'done',
    ...(message ? { message } : {}),
  };
}
