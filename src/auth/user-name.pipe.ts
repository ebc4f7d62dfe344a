import { Injectable, type PipeTransform } from '@nestjs/common';
import { brokenRule } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { checkUserName } from '../policy/names.js';

/** A path parameter that must be a user name; 422 with the rule otherwise, `reserved_name` where the name belongs to something else. */
@Injectable()
export class UserNamePipe implements PipeTransform<string, string> {
  constructor(private readonly config: AppConfig) {}

  transform(value: string): string {
    return requireUserName(value, this.config);
  }
}

/** The name, if it can be a user's; the same 422 where it comes from the token instead of the path. */
export function requireUserName(value: string, config: AppConfig): string {
  const problem = checkUserName(value, { rootUser: config.minio.accessKey });
  if (problem)
    throw brokenRule(
      'user',
      problem.rule,
      problem.code === 'reserved_name' ? 'reserved_name' : 'unprocessable',
    );
  return value;
}
