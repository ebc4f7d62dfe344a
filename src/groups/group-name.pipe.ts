import { Injectable, type PipeTransform } from '@nestjs/common';
import { brokenRule } from '../common/problems/problem.js';
import { checkGroupName, EVERYONE } from '../policy/names.js';

/**
 * A path parameter that must be a group name. Otherwise 422 with the rule, or `reserved_name` if the name is reserved for something else.
 */
@Injectable()
export class GroupNamePipe implements PipeTransform<string, string> {
  transform(value: string): string {
    return requireGroupName(value, 'group');
  }
}

/** Returns the name if it is a valid group name. Gives the same 422 for names that do not come from the path; `field` says where from. */
export function requireGroupName(value: string, field: string): string {
  const problem = checkGroupName(value);
  if (!problem) return value;
  const code = problem.code === 'reserved_name' ? 'reserved_name' : 'unprocessable';
  throw brokenRule(field, problem.rule, code);
}

/** The same for reads, which also allow `everyone`. */
@Injectable()
export class SeenGroupNamePipe extends GroupNamePipe {
  override transform(value: string): string {
    return value === EVERYONE ? value : super.transform(value);
  }
}
