import { Injectable } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsString, Matches, MaxLength } from 'class-validator';
import type { RequestActor } from '../../../auth/authenticated.js';
import { Roles } from '../../roles/roles.js';
import type { ProvisionKind, ProvisionResult, RunContext, ShownChange } from '../kind.js';

/** What users may be called in a request; whether there is one is asked later. */
const MAX_NAME = 100;
export const MAX_ROLES = 100;
export const ROLE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;

/** A user and all the roles that it is to have. */
export class AccessGrantInput {
  /**
   * Name of the user
   * @example "alice"
   */
  @IsString()
  @MaxLength(MAX_NAME)
  userId!: string;

  /**
   * All roles that the user is to have; none: everything that roles gave is taken away
   * @example ["analyst"]
   */
  @IsArray()
  @ArrayMaxSize(MAX_ROLES)
  @IsString({ each: true })
  @Matches(ROLE_NAME, { each: true })
  roles!: string[];
}

/** Gives a user what exactly its roles give. */
@Injectable()
export class AccessGrantKind implements ProvisionKind<AccessGrantInput> {
  readonly name = 'access.grant';
  readonly input = AccessGrantInput;

  constructor(private readonly roles: Roles) {}

  subjectOf({ userId }: AccessGrantInput): string {
    return `user:${userId}`;
  }

  validate({ userId, roles }: AccessGrantInput): Promise<void> {
    return this.roles.requireKnown(userId, roles);
  }

  plan({ userId, roles }: AccessGrantInput, actor: RequestActor): Promise<ShownChange[]> {
    return this.roles.planAssign(userId, roles, actor);
  }

  async apply({ userId, roles }: AccessGrantInput, { actor, origin }: RunContext): Promise<ProvisionResult> {
    // a role that changed does not give back what was revoked explicitly
    return { operations: await this.roles.assign(userId, roles, actor, origin !== 'role') };
  }
}
