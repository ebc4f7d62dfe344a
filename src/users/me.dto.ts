/** Who calls, as the token says, and where the lake is. */
export class MeDto {
  /**
   * Name of the person, or of the service token
   * @example "alice"
   */
  user_name!: string;

  /** Whether the token is a person's or a service's */
  kind!: 'person' | 'service';

  /** May administer */
  admin!: boolean;

  /** What a service token may do; empty for a person */
  scopes!: ('credentials' | 'provision' | 'admin')[];

  /**
   * The person's own prefix, whether it exists yet or not; null for a service
   * @example "s3a://cdm-lake/users-warehouse/alice/"
   */
  home_path!: string | null;

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
}
