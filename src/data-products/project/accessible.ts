import { PUBLISHED } from '../approved/port-access.js';
import { readSmallFile, writeAtomically } from './atomic-file.js';
import { ProjectError } from './project-error.js';
import { namespaceProblem } from './project-name.js';

/** A data product that another one can read. */
export interface AccessibleProvider {
  namespace: string;
  /** When it was first granted, if known; a day, `YYYY-MM-DD`, if the time is unknown. */
  grantedAt?: Date | string;
  /** The last day of all access, `YYYY-MM-DD`, if it ends. */
  until?: string;
  /** Keys of its folders, with permissions; if absent, the published data of the provider, with read permission. */
  paths?: readonly { prefix: string; permission: 'read' | 'write' }[];
}

const ACCESSIBLE_FILE = 'ACCESSIBLE_DATA_PRODUCTS.txt';
const NONE = '# No other data product has approved access.\n';

/**
 * Lists the data products that a project's keys can read. If there are none, an existing file states this; no file is created. Throws
 * `invalid_name` for an invalid namespace, `unsafe_path` if the file or the folder is a link.
 */
export async function writeAccessible(
  folder: string,
  bucket: string,
  providers: readonly AccessibleProvider[],
  schemas: readonly string[] = [],
): Promise<'written' | 'unchanged'> {
  if (providers.length + schemas.length === 0 && (await readSmallFile(folder, ACCESSIBLE_FILE)) === undefined)
    return 'unchanged';
  return writeAtomically(folder, ACCESSIBLE_FILE, {
    text: accessibleText(bucket, providers, schemas),
    mode: 0o644,
  });
}

/**
 * The text: one block for each provider, ordered by name, then all paths. Projects find the providers by
 * `# Approved access: (\S+)\n# S3 Path: (\S+)`, so these two lines must stay together.
 */
export function accessibleText(
  bucket: string,
  providers: readonly AccessibleProvider[],
  schemas: readonly string[] = [],
): string {
  const all = together(providers);
  const read = [...schemas].sort().map((schema) => `#   - ${schema}\n`);
  const database = read.length === 0 ? '' : `# Your PostgreSQL role reads the schemas:\n${read.join('')}`;
  if (all.length === 0) return database === '' ? NONE : database;
  const blocks = all.map((each) => block(bucket, each));
  const paths = all.flatMap((each) => each.paths);
  const written = listOf(
    bucket,
    paths.filter(({ permission }) => permission === 'write'),
  );
  const also = written === '' ? '' : `\n# They grant write access to:\n${written}`;
  return `${blocks.join('\n')}\n# Your credentials now grant read access to:\n${listOf(bucket, paths)}${also}${database === '' ? '' : `\n${database}`}`;
}

type Together = Required<Pick<AccessibleProvider, 'namespace' | 'paths'>> &
  Pick<AccessibleProvider, 'grantedAt' | 'until'>;

function block(bucket: string, { namespace, grantedAt, until, paths }: Together): string {
  const read = paths.map(
    ({ prefix }, at) => `${at === 0 ? '# Read from:' : '#           '} s3://${bucket}/${prefix}/*.parquet`,
  );
  return [
    `# Approved access: ${namespace}`,
    `# S3 Path: s3://${bucket}/${namespace}`,
    `# Granted: ${textOf(grantedAt)}`,
    ...(until === undefined ? [] : [`# Until: ${until}`]),
    ...read,
    '',
  ].join('\n');
}

function listOf(bucket: string, paths: Together['paths']): string {
  return paths.map(({ prefix }) => `#   - s3://${bucket}/${prefix}/\n`).join('');
}

function textOf(granted: Date | string | undefined): string {
  return granted instanceof Date ? granted.toISOString() : (granted ?? 'unknown');
}

/** One entry for each provider, by name: several approved output ports of one provider count as one access, since the earliest of them. */
function together(providers: readonly AccessibleProvider[]): Together[] {
  const found = new Map<string, Together>();
  for (const { namespace, grantedAt, until, paths = publishedBy(namespace) } of providers) {
    const problem = namespaceProblem(namespace);
    if (problem !== undefined)
      throw new ProjectError('invalid_name', `the namespace of a provider: ${problem}`);
    const known = found.get(namespace);
    const first = earlier(known?.grantedAt, grantedAt);
    found.set(namespace, {
      ...{ namespace, paths },
      ...(first === undefined ? {} : { grantedAt: first }),
      ...(until === undefined ? {} : { until }),
    });
  }
  return [...found.values()].sort((one, other) => (one.namespace < other.namespace ? -1 : 1));
}

function publishedBy(namespace: string): Together['paths'] {
  return PUBLISHED.map((part) => ({ prefix: `${namespace}/${part}`, permission: 'read' }));
}

function earlier(
  one: Date | string | undefined,
  other: Date | string | undefined,
): Date | string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return new Date(one) < new Date(other) ? one : other;
}
