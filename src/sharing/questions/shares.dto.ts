import { IsIn } from 'class-validator';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Optional } from '../../common/http/validation.js';

/** Which shares to list. */
export class SharesQuery extends PageQuery {
  /** `given`: of the user's own home; `received`: by the user directly and as a member of groups */
  @Optional()
  @IsIn(['given', 'received'])
  direction: 'given' | 'received' = 'given';
}

/** The recipient of a share. */
export class GranteeDto {
  /**
   * Kind of the grantee
   * @example "group"
   */
  kind!: 'user' | 'group' | 'data_product';

  /**
   * Name of the grantee
   * @example "KBase"
   */
  name!: string;
}

/** One share. */
export class ShareDto {
  /**
   * The shared path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** What it allows the grantee to do; a reader of a group only reads */
  permission!: 'read' | 'write';

  /** The recipient */
  grantee!: GranteeDto;

  /**
   * Who shared it
   * @example "alice"
   */
  granted_by!: string;

  /**
   * `share`: an owner of the path shared it; `group`: an administrator granted it to the group; `adopted`: taken over from MinIO
   * @example "share"
   */
  origin!: 'share' | 'group' | 'role' | 'data_product' | 'adopted';

  /**
   * The reason that the grantor gave
   * @example "For the review of the March run"
   */
  reason!: string | null;

  /** When it was first granted, RFC 3339 */
  created_at!: string;

  /**
   * When it expires, RFC 3339; null: never
   * @example "2035-01-01T00:00:00Z"
   */
  expires_at!: string | null;

  /** `waiting`: the grantee has not logged in yet, and gets it at the first login */
  state!: 'active' | 'waiting';

  /** Of a share that waits: when it ends if the grantee has not logged in, RFC 3339 */
  waits_until?: string;
}

/** A page of shares. */
export class SharePageDto {
  /** The shares */
  items!: ShareDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
