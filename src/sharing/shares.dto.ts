import { IsIn } from 'class-validator';
import { PageQuery } from '../common/paging/page-query.dto.js';
import { Optional } from '../common/validation.js';

/** Which shares to list. */
export class SharesQuery extends PageQuery {
  /** `given`: of the user's own home; `received`: by the user, as such and as a member of groups */
  @Optional()
  @IsIn(['given', 'received'])
  direction: 'given' | 'received' = 'given';
}

/** Who was given access. */
export class GranteeDto {
  /** What the name is a name of */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * The name
   * @example "KBase"
   */
  name!: string;
}

/** One share. */
export class ShareDto {
  /**
   * What is shared
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** What it lets the grantee do; a reader of a group only reads */
  permission!: 'read' | 'write';

  /** Whom it is shared with */
  grantee!: GranteeDto;

  /**
   * Who shared it
   * @example "alice"
   */
  granted_by!: string;

  /** `share`: an owner of the path shared it; `group`: an administrator gave it to the group */
  origin!: 'share' | 'group' | 'role' | 'data_product';

  /** Why, as the giver said */
  reason!: string | null;

  /** When it was first given, RFC 3339 */
  created_at!: string;

  /** When it ends by itself, RFC 3339; null: not by itself */
  expires_at!: string | null;
}

/** A page of shares. */
export class SharePageDto {
  /** The shares */
  items!: ShareDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
