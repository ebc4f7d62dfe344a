/** The form that AWS SDKs expect from a container-credentials endpoint, with their field names. */
export class AwsCredentialsDto {
  /** Access key of the session */
  AccessKeyId!: string;

  /** Secret key of the session */
  SecretAccessKey!: string;

  /** Session token */
  Token!: string;

  /**
   * When the session expires, at least 59 minutes from now
   * @example "2026-01-01T12:00:00Z"
   */
  Expiration!: string;
}
