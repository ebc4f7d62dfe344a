import { applyDecorators, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { readExpiry } from '../../common/expiry.js';
import { brokenRule } from '../../common/problems/problem.js';
import { validateInput } from '../../common/http/validation.js';
import type { GroupRole } from '../../database/schema.js';
import { checkGroupName } from '../../policy/names.js';
import { homeOwner, type HomeRoots, isBelowHome, type LakePath, parsePath } from '../../policy/paths.js';
import {
  GroupApprovalDto,
  NewGroupRequestDto,
  NewPathRequestDto,
  PathApprovalDto,
} from './access-request.dto.js';

/** A parsed and validated request. */
export type Wanted =
  | { kind: 'path'; path: LakePath; owner: string; permission: 'read' | 'write' }
  | { kind: 'group'; group: string; role: GroupRole };

/** A parsed and validated approval. */
export type Approval =
  { kind: 'path'; permission: 'read' | 'write'; expiresAt: Date | null } | { kind: 'group'; role: GroupRole };

export type NewRequestBody = NewPathRequestDto | NewGroupRequestDto;
export type ApprovalBody = PathApprovalDto | GroupApprovalDto;

/** Body of a request for a path, or with the field `group`, for a group. */
@Injectable()
export class NewRequestPipe implements PipeTransform<unknown, Promise<NewRequestBody>> {
  transform(body: unknown): Promise<NewRequestBody> {
    return has(body, 'group') ? read(NewGroupRequestDto, body) : read(NewPathRequestDto, body);
  }
}

/** Body of an approval of a request for a path, or with the field `role`, for a group. */
@Injectable()
export class ApprovalPipe implements PipeTransform<unknown, Promise<ApprovalBody>> {
  transform(body: unknown): Promise<ApprovalBody> {
    return has(body, 'role') ? read(GroupApprovalDto, body) : read(PathApprovalDto, body);
  }
}

/** Declares a body with one of several forms. */
export function ApiEitherBody(...forms: Type<unknown>[]): MethodDecorator {
  const oneOf = forms.map((form) => ({ $ref: getSchemaPath(form) }));
  return applyDecorators(ApiExtraModels(...forms), ApiBody({ required: true, schema: { oneOf } }));
}

/** 422 with the rule that a field breaks. */
export function readWanted(body: NewRequestBody, asker: string, lake: HomeRoots): Wanted {
  if ('group' in body) {
    const problem = checkGroupName(body.group);
    if (problem)
      throw brokenRule(
        'group',
        problem.rule,
        problem.code === 'reserved_name' ? problem.code : 'unprocessable',
      );
    return { kind: 'group', group: body.group, role: body.role };
  }
  const parsed = parsePath(body.path);
  if (!parsed.ok) throw brokenRule('path', parsed.rule);
  const { path } = parsed;
  const owner = homeOwner(path, lake);
  if (owner === undefined || !isBelowHome(path, lake, owner))
    throw brokenRule('path', 'must lie at least one segment below the home of a user');
  if (owner === asker) throw brokenRule('path', 'is your own');
  return { kind: 'path', path, owner, permission: body.permission };
}

export function readApproval(body: ApprovalBody): Approval {
  if ('role' in body) return { kind: 'group', role: body.role };
  return { kind: 'path', permission: body.permission, expiresAt: readExpiry(body.expires_at) };
}

function has(body: unknown, field: string): boolean {
  return typeof body === 'object' && body !== null && field in body;
}

function read<T extends object>(type: Type<T>, body: unknown): Promise<T> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return validateInput(type, isObject ? body : {}, '');
}
