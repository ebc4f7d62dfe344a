import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { NoNul, Optional, TEXT } from '../../common/http/validation.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { ApiProperty } from '@nestjs/swagger';

/** What was typed of a name. */
export class GranteesQuery extends PageQuery {
  /**
   * The name, or its beginning; upper and lower case do not count
   * @example "bob"
   */
  @ApiProperty({ pattern: TEXT })
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  @NoNul()
  q!: string;

  /** Only users, or only groups */
  @Optional()
  @IsIn(['user', 'group'])
  kind?: 'user' | 'group';
}

/** A user or group that something can be shared with. */
export class FoundGranteeDto {
  /**
   * What it is
   * @example "user"
   */
  kind!: 'user' | 'group';

  /**
   * Its name; `everyone`: all users
   * @example "bob"
   */
  name!: string;

  /**
   * Of a group, the name for people to read; null: none
   * @example "KBase Knowledgebase"
   */
  display_name!: string | null;
}

/** A page of users and groups that something can be shared with. */
export class GranteePageDto {
  /** Groups first, by name */
  items!: FoundGranteeDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
