import { type MembershipDto } from '../common/membership.dto.js';

/** The caller, as identified by the token, and the lake's address. */
export class MeDto {
  /**
   * Name of the person, or of the service token
   * @example "alice"
   */
  user_name!: string;

  /** Whether the token is a person's or a service's */
  kind!: 'person' | 'service';

  /**
   * Whether the caller is an administrator
   * @example false
   */
  admin!: boolean;

  /**
   * Scopes of a service token; empty for a person
   * @example []
   */
  scopes!: ('credentials' | 'provision' | 'workflows' | 'scim' | 'admin')[];

  /**
   * The person's own prefix, even if it does not exist yet; null for a service
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string | null;

  /**
   * All of the person's own prefixes, the one of `home_path` first; empty for a service
   * @example ["s3a://cdm-lake/users-warehouse/alice/"]
   */
  home_paths!: string[];

  /**
   * URL of MinIO for S3 clients
   * @example "http://127.0.0.1:9000"
   */
  endpoint!: string;

  /**
   * Region of MinIO
   * @example "us-east-1"
   */
  region!: string;

  /**
   * Where the self-service page is; null if it has no address of its own (PAGE_URL)
   * @example "https://lake.example.org/ui/"
   */
  page_url!: string | null;

  /**
   * When the person's credentials would have ended without this login, RFC 3339; told from two weeks before, otherwise null. This call is a
   * login and moves the end. Whoever does not log in for CREDENTIALS_MAX_IDLE_DAYS is suspended until the next login
   */
  credentials_end_at!: string | null;

  /** The groups that the person is in; empty for a service */
  groups!: MembershipDto[];
}
