import type { Secret } from '../../common/secret.js';
import { writeAtomically } from './atomic-file.js';
import { ProjectError } from './project-error.js';

/** What a project needs to reach its own part of the bucket. The keys are the product's own, never an administrator's. */
export interface ProjectAccess {
  /** MinIO's S3 API as the project reaches it, `http(s)://host:port`. */
  endpoint: string;
  bucket: string;
  /** The product's prefix in the bucket, without slashes. */
  prefix: string;
  accessKey: string;
  secretKey: Secret;
}

const ENV_FILE = '.env';
/** What `export $(cat .env | grep -v '^#' | xargs)` hands on unchanged: no blank, quote, backslash, `$`, wildcard or line end. */
const SAFE_VALUE = /^[A-Za-z0-9+=,.@_:/%[\]-]{1,1000}$/;

/**
 * Writes the project's `.env`, readable by its owner alone, unless it is there as it should be.
 * Throws `invalid_value` with the name of a variable whose value a shell would change, `unsafe_path` where `.env` or the folder is a link.
 */
export async function writeEnv(folder: string, access: ProjectAccess): Promise<'written' | 'unchanged'> {
  return writeAtomically(folder, ENV_FILE, { text: envText(access), mode: 0o600 });
}

/** The text of a project's `.env`. Throws `invalid_value`. It holds the secret. */
export function envText({ endpoint, bucket, prefix, accessKey, secretKey }: ProjectAccess): string {
  const values = {
    S3_ENDPOINT_HOST: hostOf(endpoint),
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    S3_PREFIX: prefix,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey.reveal(),
  };
  const lines = Object.entries(values).map(([name, value]) => {
    if (!SAFE_VALUE.test(value)) throw new ProjectError('invalid_value', `${name}: ${RULE}`);
    return `${name}=${value}`;
  });
  return [...HEAD, ...lines, ''].join('\n');
}

/** Nothing where it is no address of a server, which is refused as an empty value is. */
function hostOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.hostname : '';
}

const RULE = '1 to 1000 characters of A-Z a-z 0-9 + = , . @ _ : / % [ ] -';

const HEAD = [
  '# The storage of this data product. Written by minio-manager: what is changed here is overwritten.',
  '# The keys reach this product and what was approved for it. Never commit this file.',
];
