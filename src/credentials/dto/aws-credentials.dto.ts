/** What AWS SDKs expect of a container-credentials endpoint; the names are theirs. */
export class AwsCredentialsDto {
  /** Access key of the session */
  AccessKeyId!: string;

  /** Secret key of the session */
  SecretAccessKey!: string;

  /** Session token */
  Token!: string;

  /**
   * When the session ends, at least 59 minutes ahead
   * @example "2026-01-01T12:00:00Z"
   */
  Expiration!: string;
}
