import type { AppConfig } from '../../config/app-config.js';
import { formatPath, homePath, type HomeRoot, type LakePath } from '../../policy/paths.js';

type Homes = AppConfig['lake']['homes'];

/** Where KBase's clients look for the files of a tenant, in the bucket of the homes. */
const TENANT_FILES = 'tenant-general-warehouse';
const TENANT_SQL = 'tenant-sql-warehouse';

/** The folder of a user's tables: the home in a folder named after SQL, otherwise the first home. */
export function userSqlWarehouse(homes: Homes, userName: string): string {
  return formatPath(homePath({ ...sqlHome(homes), userName }));
}

/** The folders of a tenant's files and of its tables. */
export function tenantFolders(homes: Homes, tenant: string): { files: LakePath; sql: LakePath } {
  const { bucket } = sqlHome(homes);
  const folder = (prefix: string): LakePath => ({ bucket, prefix: `${prefix}/${tenant}`, folder: true });
  return { files: folder(TENANT_FILES), sql: folder(TENANT_SQL) };
}

/** With this the names of a user's databases begin. */
export function userNamespacePrefix(userName: string): string {
  return `u_${userName}__`;
}

/** With this the names of a tenant's databases begin. */
export function tenantNamespacePrefix(tenant: string): string {
  return `${tenant}_`;
}

function sqlHome(homes: Homes): HomeRoot {
  const found = homes.find(({ usersPrefix }) => usersPrefix.split('/').at(-1)?.includes('sql')) ?? homes[0];
  if (!found) throw new Error('no home is configured');
  return found;
}
