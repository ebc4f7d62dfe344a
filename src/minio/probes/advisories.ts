/** A published vulnerability, and the day of the first release that fixes it. */
export interface Advisory {
  id: string;
  /** Day of the release, as its name begins. */
  closedIn: string;
  what: string;
}

/**
 * From the release notes and the advisories of MinIO (until 2025-10-15, its last release) and of Silo, the fork of pgsty (SN-…), as of
 * 2026-11-28. The newest release that they name is 2026-09-16. Only Silo's releases fix newer vulnerabilities.
 */
export const ADVISORIES_OF = '2026-11-28';
export const ADVISORIES: readonly Advisory[] = [
  { id: 'CVE-2025-62506', closedIn: '2025-10-15', what: 'a restricted access key mints an unrestricted one' },
  {
    id: 'CVE-2026-33322',
    closedIn: '2026-04-17',
    what: 'OpenID tokens signed with a public key are accepted',
  },
  { id: 'CVE-2026-33419', closedIn: '2026-04-17', what: 'LDAP names can be guessed' },
  {
    id: 'CVE-2026-34204',
    closedIn: '2026-04-17',
    what: 'a writer makes an object unreadable by replication headers',
  },
  { id: 'CVE-2026-39414', closedIn: '2026-04-17', what: 'S3 Select uses up all memory' },
  {
    id: 'CVE-2026-40344',
    closedIn: '2026-04-17',
    what: 'archives are unpacked for an access key without its secret',
  },
  { id: 'CVE-2026-41145', closedIn: '2026-04-17', what: 'an access key writes without its secret' },
  { id: 'CVE-2026-42600', closedIn: '2026-06-18', what: 'requests between nodes' },
  { id: 'SN-2026-002', closedIn: '2026-08-04', what: 'requests between nodes' },
  { id: 'SN-2026-003', closedIn: '2026-08-04', what: 'conditions are satisfied by headers and query keys' },
  {
    id: 'SN-2026-004',
    closedIn: '2026-08-04',
    what: 's3:* on bucket/* writes the bucket policy and deletes the bucket',
  },
  { id: 'SN-2026-005', closedIn: '2026-09-03', what: 'bare ARNs in policies' },
  { id: 'SN-2026-006', closedIn: '2026-09-03', what: 'SSE-C' },
  { id: 'SN-2026-007', closedIn: '2026-09-03', what: 'SSE-C' },
  {
    id: 'SN-2026-008',
    closedIn: '2026-09-03',
    what: 'a writer sets time and ETag by X-Minio-Source headers',
  },
  { id: 'SN-2026-009', closedIn: '2026-09-03', what: 'the right to enable a user also disables' },
  { id: 'SN-2026-010', closedIn: '2026-09-03', what: 's3:DeleteObject also deletes old versions' },
  {
    id: 'SN-2026-011',
    closedIn: '2026-09-16',
    what: 'a presigned upload becomes a copy by an unsigned header',
  },
  {
    id: 'SN-2026-012',
    closedIn: '2026-09-16',
    what: 'the body of a presigned upload is not checked against its hash',
  },
  {
    id: 'SN-2026-013',
    closedIn: '2026-09-16',
    what: 'revoked sessions are valid again when their user is created again',
  },
  { id: 'SN-2026-014', closedIn: '2026-09-16', what: 'the console reveals paths of the server' },
];

/** The day in a release's name (`RELEASE.2026-09-16T00-00-00Z`) or version (`2026-09-16T00:00:00Z`); undefined for any other build. */
export function releaseDay(version: string): string | undefined {
  return /^(?:RELEASE\.)?(\d{4}-\d{2}-\d{2})T/.exec(version)?.[1];
}

/** The advisories that a release of that day does not fix. */
export function lacking(day: string): Advisory[] {
  return ADVISORIES.filter(({ closedIn }) => day < closedIn);
}
