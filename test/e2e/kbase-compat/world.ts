import { NO_LIMITS } from '../../support/sharing.js';

export const SQL = 'users-sql-warehouse';
export const GENERAL = 'users-general-warehouse';

/** The service as KBase would run it for its clients. */
export const KBASE = {
  ...NO_LIMITS,
  KBASE_COMPAT: 'true',
  HOME_PREFIXES: `cdm-lake/${SQL},cdm-lake/${GENERAL}`,
  GRANTABLE_BUCKETS: 'cdm-lake',
};

/** A key of the lake as clients write it. */
export const at = (key: string): string => `s3a://cdm-lake/${key}`;
