import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { INSTANT } from '../common/expiry.js';
import { NoNul, Optional, StringList, TEXT } from '../common/http/validation.js';

/** Maximum number of members in one request; add more one by one. */
const MAX_MEMBERS = 1000;

/** An http or https address, in the characters of RFC 3986, or nothing. */
export const WEBSITE =
  /^(https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?)?$/;

/** A path that a group may reach. */
export class GroupGrantRequestDto {
  /**
   * Any path of at least one segment in a bucket of GRANTABLE_BUCKETS, or in one that a provision has made. A final `*` means every key that starts so
   * (`s3a://cdm-lake/team/day=*`). `{user}` is the name of each member: `s3a://cdm-lake/team/u_{user}__*`
   * @example "s3a://cdm-lake/reference/"
   */
  @IsString()
  @MaxLength(1100)
  path!: string;

  /** `write` allows reading, writing and deleting; readers of the group only read */
  @IsIn(['read', 'write'])
  permission!: 'read' | 'write';

  /**
   * When it expires, RFC 3339, in the future; not for a path with `{user}`
   * @example "2035-01-01T00:00:00Z"
   */
  @Optional()
  @IsString()
  @Matches(INSTANT, { message: 'expires_at must be an RFC 3339 time with a time zone' })
  expires_at?: string;
}

/** A new group, or changes to one. Omitted fields stay as they are; a given list replaces the old one. */
export class GroupRequestDto {
  /**
   * What the group is for; at most 500 characters
   * @example "People who work on the KBase data"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(500)
  @NoNul()
  description?: string;

  /**
   * The name for people to read; at most 100 characters. An empty one removes it
   * @example "KBase Knowledgebase"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  display_name?: string;

  /**
   * Where the group presents itself: an `http` or `https` address of at most 500 characters, other letters than ASCII encoded. An empty one
   * removes it
   * @example "https://www.kbase.us/"
   */
  @Optional({ pattern: WEBSITE.source })
  @IsString()
  @MaxLength(500)
  @Matches(WEBSITE, { message: 'website must be an http or https address' })
  website?: string;

  /**
   * The organization that the group belongs to; at most 100 characters. An empty one removes it
   * @example "Lawrence Berkeley National Laboratory"
   */
  @Optional({ pattern: TEXT })
  @IsString()
  @MaxLength(100)
  @NoNul()
  organization?: string;

  /**
   * Whether everybody sees the group in `GET /groups?joinable=true`, with its owners and the number of its members, and may ask to join. At
   * first, a group is not joinable: for users outside it, it does not exist
   * @example true
   */
  @Optional()
  @IsBoolean()
  joinable?: boolean;

  /**
   * Users with the full access of the group
   * @example ["bob"]
   */
  @StringList(MAX_MEMBERS)
  members?: string[];

  /**
   * Users with read-only access
   * @example ["carol"]
   */
  @StringList(MAX_MEMBERS)
  readers?: string[];

  /**
   * Members who may also change the group
   * @example ["alice"]
   */
  @StringList(MAX_MEMBERS)
  owners?: string[];

  /** Paths of the group besides those shared with it; administrators only */
  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => GroupGrantRequestDto)
  grants?: GroupGrantRequestDto[];
}

/** A user to add to a group. */
export class MemberRequestDto {
  /**
   * Name of the user
   * @example "bob"
   */
  @IsString()
  @MaxLength(200)
  user_name!: string;

  /** `reader`: read-only; `owner`: may also change the group */
  @IsIn(['member', 'reader', 'owner'])
  role!: 'member' | 'reader' | 'owner';
}

/** A member of a group. */
export class MemberDto {
  /**
   * Name of the user
   * @example "bob"
   */
  user_name!: string;

  /** The user's role in the group */
  role!: 'member' | 'reader' | 'owner';

  /** What gives the membership: roles of the provisioning, the user's login, or both; absent if a person gave it */
  given_by?: ('role' | 'login')[];

  /** Since when the user has this role here, RFC 3339; null: not known, as for most members from before this was recorded */
  since!: string | null;

  /**
   * Who gave the role; null: not known, or no person did (`given_by`), or the group was taken over from MinIO with it
   * @example "alice"
   */
  added_by!: string | null;
}

/** A path that a group reaches. */
export class GroupGrantDto {
  /**
   * The path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** What it allows members to do */
  permission!: 'read' | 'write';

  /**
   * `share`: an owner of the path shared it; `group`: an administrator granted it; `adopted`: taken over from MinIO
   * @example "share"
   */
  origin!: 'share' | 'group' | 'role' | 'data_product' | 'adopted';

  /**
   * Who granted it
   * @example "alice"
   */
  granted_by!: string;

  /**
   * The user or data product that owns the path: who ends a share of it, as administrators may in its place; null: nobody owns it
   * @example "alice"
   */
  owner!: string | null;

  /**
   * The reason that the grantor gave
   * @example "Weekly reports for the team"
   */
  reason!: string | null;

  /** When it was first granted, RFC 3339 */
  created_at!: string;

  /**
   * When it expires, RFC 3339; null: never
   * @example "2035-01-01T00:00:00Z"
   */
  expires_at!: string | null;
}

/** A policy document and its name in MinIO. */
export class GroupPolicyDto {
  /**
   * Name of the policy
   * @example "mgr:group:KBase:0"
   */
  policy_name!: string;

  /** The document in the language of AWS IAM, as MinIO enforces it */
  document!: Record<string, unknown>;
}

/** A group, as its members and administrators see it. */
export class GroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /**
   * What the group is for
   * @example "People who work on the KBase data"
   */
  description!: string | null;

  /**
   * The name for people to read; null: none
   * @example "KBase Knowledgebase"
   */
  display_name!: string | null;

  /**
   * Where the group presents itself; null: none
   * @example "https://www.kbase.us/"
   */
  website!: string | null;

  /**
   * The organization that it belongs to; null: not told
   * @example "Lawrence Berkeley National Laboratory"
   */
  organization!: string | null;

  /** Whether everybody sees the group in the list of joinable groups, and may ask to join */
  joinable!: boolean;

  /** All members of the group, sorted by name */
  members!: MemberDto[];

  /** The paths that the group reaches */
  grants!: GroupGrantDto[];

  /** The documents that members (`mgr:group:…`) and readers (`mgr:readers:…`) have */
  policies!: GroupPolicyDto[];

  /** MinIO held it at `enforced_at`; false: MinIO will hold it when it is reachable. MinIO is not asked for this answer */
  enforced!: boolean;

  /** When MinIO was last written and seen to hold the group; absent if never */
  enforced_at?: string;
}
