import { Injectable, type PipeTransform } from '@nestjs/common';
import { brokenRule } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { checkUserName } from '../policy/names.js';

/**
 * A path parameter that must be a user name. Otherwise 422 with the rule, or `reserved_name` if the name is reserved for something else.
 */
@Injectable()
export class UserNamePipe implements PipeTransform<string, string> {
  constructor(private readonly config: AppConfig) {}

  transform(value: string): string {
    return requireUserName(value, this.config);
  }
}

/** Returns the name if it is a valid user name. Gives the same 422 for names that do not come from the path; `field` says where from. */
export function requireUserName(value: string, config: AppConfig, field = 'user'): string {
  const problem = checkUserName(value, { rootUser: config.minio.accessKey });
  if (problem)
    throw brokenRule(
      field,
      problem.rule,
      problem.code === 'reserved_name' ? 'reserved_name' : 'unprocessable',
    );
  return value;
}
