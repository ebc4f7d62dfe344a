import type { Secret } from '../../common/secret.js';
import { writeAtomically } from './atomic-file.js';
import { ProjectError } from './project-error.js';

/** The settings that a project needs to access its own part of the bucket. The keys are the product's own, never an administrator's. */
export interface ProjectAccess {
  /** The URL of MinIO's S3 API for the project, `http(s)://host:port`. */
  endpoint: string;
  bucket: string;
  /** The product's prefix in the bucket, without slashes. */
  prefix: string;
  accessKey: string;
  secretKey: Secret;
  /** Its schema in PostgreSQL, if it has one. */
  database?: {
    host: string;
    port: number;
    database: string;
    schema: string;
    user: string;
    password: Secret;
  };
}

const ENV_FILE = '.env';
/** Values that `export $(cat .env | grep -v '^#' | xargs)` passes on unchanged: no blank, quote, backslash, `$`, wildcard or line end. */
const SAFE_VALUE = /^[A-Za-z0-9+=,.@_:/%[\]-]{1,1000}$/;

/**
 * Writes the project's `.env`, readable only by its owner, unless it is already correct. Throws `invalid_value` with the name of a variable
 * whose value a shell would change, `unsafe_path` if `.env` or the folder is a link.
 */
export async function writeEnv(folder: string, access: ProjectAccess): Promise<'written' | 'unchanged'> {
  return writeAtomically(folder, ENV_FILE, { text: envText(access), mode: 0o600 });
}

/** The text of a project's `.env`, including the secret. Throws `invalid_value`. */
export function envText({ endpoint, bucket, prefix, accessKey, secretKey, database }: ProjectAccess): string {
  const values = {
    S3_ENDPOINT_HOST: hostOf(endpoint),
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    S3_PREFIX: prefix,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey.reveal(),
    ...(database && databaseValues(database)),
  };
  const lines = Object.entries(values).map(([name, value]) => {
    if (!SAFE_VALUE.test(value)) throw new ProjectError('invalid_value', `${name}: ${RULE}`);
    return `${name}=${value}`;
  });
  return [...HEAD, ...lines, ''].join('\n');
}

function databaseValues(access: NonNullable<ProjectAccess['database']>): Record<string, string> {
  const { host, port, database, schema, user, password } = access;
  return {
    POSTGRES_HOST: host,
    POSTGRES_PORT: String(port),
    POSTGRES_DATABASE: database,
    POSTGRES_SCHEMA: schema,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password.reveal(),
  };
}

/** Empty if the endpoint is not a server's URL; an empty value is then refused. */
function hostOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.hostname : '';
}

const RULE = '1 to 1000 characters of A-Z a-z 0-9 + = , . @ _ : / % [ ] -';

const HEAD = [
  '# The storage of this data product. Written by minio-manager: what is changed here is overwritten.',
  '# The keys reach this product and what was approved for it. Never commit this file.',
];
