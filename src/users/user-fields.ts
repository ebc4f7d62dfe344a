import { Injectable } from '@nestjs/common';
import { LastLogins } from '../auth/people/last-logins.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { formatPath, homePath, homePaths } from '../policy/paths.js';
import type { SuspensionDto, UserDto } from './user.dto.js';

/** Fields of a user that the configuration and the row say. */
type UserFieldsDto = Pick<
  UserDto,
  | 'user_name'
  | 'access_key'
  | 'home_path'
  | 'home_paths'
  | 'created_at'
  | 'rotated_at'
  | 'suspended'
  | 'credentials_end_at'
>;

/** Reads what a row alone says about a user. */
@Injectable()
export class UserFields {
  constructor(
    private readonly lastLogins: LastLogins,
    private readonly config: AppConfig,
  ) {}

  async of(row: SubjectRow): Promise<UserFieldsDto> {
    const { lake } = this.config;
    const end = await this.lastLogins.endOf(row.name);
    return {
      user_name: row.name,
      access_key: row.principal,
      home_path: formatPath(homePath({ ...lake, userName: row.name })),
      home_paths: homePaths(lake, row.name).map(formatPath),
      created_at: row.created_at.toISOString(),
      rotated_at: row.rotated_at.toISOString(),
      suspended: suspensionOf(row),
      credentials_end_at: end?.toISOString() ?? null,
    };
  }
}

/** Why the user is suspended; null if it is not. */
export function suspensionOf({
  suspended,
  suspended_at: since,
}: Pick<SubjectRow, 'suspended' | 'suspended_at'>): SuspensionDto | null {
  return suspended && since ? { reason: suspended, since: since.toISOString() } : null;
}
