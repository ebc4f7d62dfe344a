import { Injectable } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import type { RequestActor } from '../../../auth/authenticated.js';
import { requireUserName } from '../../../auth/user-name.pipe.js';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import { ShareRequestDto } from '../../../sharing/share.dto.js';
import { readShare, readUnshare } from '../../../sharing/share-requests.js';
import { Sharing, type TargetResult } from '../../../sharing/sharing.js';
import {
  enforced,
  newlyMade,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../kind.js';

/** A share of a path below somebody's home. */
export class ShareInput extends ShareRequestDto {
  /**
   * In whose home the path lies
   * @example "alice"
   */
  @IsString()
  @MaxLength(100)
  user_name!: string;
}

/** Shares a path with users and groups. */
@Injectable()
export class ShareKind implements ProvisionKind<ShareInput> {
  readonly name = 'share';
  readonly input = ShareInput;

  constructor(
    private readonly sharing: Sharing,
    private readonly config: AppConfig,
  ) {}

  subjectOf({ user_name }: ShareInput): string {
    return `user:${user_name}`;
  }

  validate(input: ShareInput): Promise<void> {
    requireUserName(input.user_name, this.config);
    this.wishOf(input);
    return Promise.resolve();
  }

  plan(input: ShareInput, actor: RequestActor): Promise<ShownChange[]> {
    return this.sharing.planShare(input.user_name, this.wishOf(input), actor);
  }

  async apply(input: ShareInput, { actor }: RunContext): Promise<ProvisionResult> {
    const { results, enforced: done } = await this.sharing.share(input.user_name, this.wishOf(input), actor);
    if (results.every(({ status }) => status === 'refused'))
      throw new Problem('all_refused', 'None of the users and groups can be given access', { results });
    return enforced({
      value: { operations: results.map((each) => operationOf(input, each)) },
      enforced: done,
    });
  }

  /** What was newly given is taken away; a level that was changed stays. */
  async undo(input: ShareInput, made: ProvisionResult, { actor }: RunContext): Promise<ProvisionResult> {
    const operations = newlyMade(made);
    const names = (kind: 'user' | 'group') =>
      operations.flatMap(({ entitlement }) =>
        typeof entitlement[kind] === 'string' ? [entitlement[kind]] : [],
      );
    const from = { from_users: names('user'), from_groups: names('group') };
    if (operations.length > 0) {
      const wish = readUnshare(input.user_name, { path: input.path, ...from }, this.config.lake);
      const { enforced: done } = await this.sharing.unshare(input.user_name, wish, actor);
      enforced({ value: true, enforced: done });
    }
    return { operations: operations.map((each) => ({ ...each, action: 'revoke' })) };
  }

  private wishOf(input: ShareInput) {
    return readShare(input.user_name, input, this.config.lake);
  }
}

function operationOf({ path }: ShareInput, { kind, name, status, code }: TargetResult): Operation {
  return {
    entitlement: { type: 'path', path, [kind]: name },
    action: status === 'changed' ? 'change' : 'grant',
    status: status === 'refused' ? 'skipped' : status === 'unchanged' ? 'unchanged' : 'done',
    ...(code ? { message: code } : {}),
  };
}
