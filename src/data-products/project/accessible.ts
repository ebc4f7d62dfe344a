import { readSmallFile, writeAtomically } from './atomic-file.js';
import { ProjectError } from './project-error.js';
import { namespaceProblem } from './project-name.js';

/** A data product that another one may read. */
export interface AccessibleProvider {
  namespace: string;
  /** When it was first granted, if that is known. */
  grantedAt?: Date;
}

const ACCESSIBLE_FILE = 'ACCESSIBLE_DATA_PRODUCTS.txt';
const NONE = '# No other data product has approved access.\n';

/**
 * Tells a project which other data products its keys read. With none, a file that is there says so and none is made.
 * Throws `invalid_name` for what cannot be a namespace, `unsafe_path` where the file or the folder is a link.
 */
export async function writeAccessible(
  folder: string,
  bucket: string,
  providers: readonly AccessibleProvider[],
): Promise<'written' | 'unchanged'> {
  if (providers.length === 0 && (await readSmallFile(folder, ACCESSIBLE_FILE)) === undefined)
    return 'unchanged';
  return writeAtomically(folder, ACCESSIBLE_FILE, { text: accessibleText(bucket, providers), mode: 0o644 });
}

/**
 * The text: a block for each provider in the order of their names, each once, then all paths. Projects find the providers by
 * `# Approved access: (\S+)\n# S3 Path: (\S+)`, so these two lines stay together.
 */
export function accessibleText(bucket: string, providers: readonly AccessibleProvider[]): string {
  const granted = earliest(providers);
  if (granted.size === 0) return NONE;
  const names = [...granted.keys()].sort();
  const blocks = names.map((name) => block(`s3://${bucket}/${name}`, name, granted.get(name)));
  const paths = names.flatMap((name) => ['staging', 'data_mart'].map((part) => `${name}/${part}`));
  const summary = paths.map((path) => `#   - s3://${bucket}/${path}/\n`).join('');
  return `${blocks.join('\n')}\n# Your credentials now grant read access to:\n${summary}`;
}

function block(path: string, name: string, granted: Date | undefined): string {
  return [
    `# Approved access: ${name}`,
    `# S3 Path: ${path}`,
    `# Granted: ${granted?.toISOString() ?? 'unknown'}`,
    `# Read from: ${path}/staging/*.parquet`,
    `#            ${path}/data_mart/*.parquet`,
    '',
  ].join('\n');
}

/** Two approved output ports of one provider are one access, since the first of them. */
function earliest(providers: readonly AccessibleProvider[]): Map<string, Date | undefined> {
  const granted = new Map<string, Date | undefined>();
  for (const { namespace, grantedAt } of providers) {
    const problem = namespaceProblem(namespace);
    if (problem !== undefined)
      throw new ProjectError('invalid_name', `the namespace of a provider: ${problem}`);
    const known = granted.get(namespace);
    granted.set(
      namespace,
      known && grantedAt ? (known < grantedAt ? known : grantedAt) : (known ?? grantedAt),
    );
  }
  return granted;
}
