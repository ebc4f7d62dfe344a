import { meaningOf } from './access-mode.js';
import { assetPath, type ProviderPlace, type S3Asset } from './asset-path.js';
import { type SchemaAsset, type SchemaPlace, schemaProblem } from './schema-asset.js';

/** The folders that a consumer may read if the port names no path: the provider's published data, never its root. */
export const PUBLISHED = ['staging', 'data_mart'] as const;

/** The maximum number of paths that one port gives. */
const MOST_PATHS = 100;
/** Below the grant limit of an owner and a grantee: a provider with too many links must not block its consumers' reconciliation. */
const MOST_PATHS_OF_PROVIDER = 900;
const HIDDEN = 'the portal does not show which paths the port gives';
const TOO_MANY = `more than ${MOST_PATHS} technical assets are linked to one output port`;

/** An output port that a consumer was approved for, whose end date has not passed. */
export interface Approval {
  /** Null: it is hidden from us. */
  providerId: string | null;
  /** Empty if the portal hides this, too. */
  outputPortId: string;
  /** The name of its access mode; null if the portal has none. */
  mode: string | null;
  /** When it was decided, as precisely as is known: a day or a time, ISO 8601. */
  since: string | null;
  /** The last day, `YYYY-MM-DD`. */
  until: string | null;
  /** The portal hides the port: its provider is taken from the stored approvals. */
  recalled?: true;
}

/** A folder of a provider, identified by its key in the bucket. */
export interface GrantedPath {
  prefix: string;
  permission: 'read' | 'write';
}

/** A technical asset of a type that gives something. */
export type Asset = S3Asset | SchemaAsset;

/** Where a provider has its data. */
export interface PortPlace extends ProviderPlace {
  /** Undefined: data products have no schemas here. */
  schema?: SchemaPlace | undefined;
}

/** What one port gives, as it is stored and shown. */
export interface PortAccess {
  /** Null: it is hidden from us. */
  provider_id: string | null;
  output_port_id: string;
  access_mode: string | null;
  access_mode_known: boolean;
  permission: 'read' | 'write';
  decided_on: string | null;
  valid_until: string | null;
  /** Keys of folders. */
  paths: string[];
  /** The provider's schema in PostgreSQL, to read; null: the port does not give it. Ports that were stored earlier say nothing. */
  schema?: string | null;
  /** Why assets that are linked to the port give nothing. */
  ignored: string[];
  /** What the port waits for before it gives anything. */
  waiting: string | null;
}

/**
 * What a port gives: the paths of the linked S3 assets in our bucket, and the provider's schema if it is linked. If it names nothing that is
 * here, it gives the provider's published data. A port gives nothing if nothing of what it names can be granted. `assets`: null if its source
 * never tells any; then the port gives everything that is published, in the schema, too.
 */
export function portAccess(
  approval: Approval,
  place: PortPlace,
  assets: readonly Asset[] | null,
): PortAccess {
  const folders = (assets ?? []).filter((asset) => 'bucket' in asset);
  const found = folders.map((asset) => assetPath(asset, place));
  const { schema, ignored: refused, isNamed } = schemaOf(place, assets);
  const named = [...new Set(found.flatMap((each) => ('prefix' in each ? [each.prefix] : [])))].sort();
  const isPublished = !isNamed && folders.every(({ bucket }) => bucket !== place.bucket);
  const paths = isPublished ? PUBLISHED.map((part) => `${place.prefix}/${part}`) : named;
  const ignored = [...found.flatMap((each) => ('ignored' in each ? [each.ignored] : [])), ...refused];
  return {
    ...shownOf(approval),
    paths: paths.slice(0, MOST_PATHS),
    schema,
    ignored: [...new Set([...ignored, ...(paths.length > MOST_PATHS ? [TOO_MANY] : [])])].sort(),
    waiting: null,
  };
}

/** `isNamed`: the port names something in the database of schemas, so it gives nothing that it does not name. */
function schemaOf({ schema: place }: PortPlace, assets: readonly Asset[] | null) {
  if (!place) return { schema: null, ignored: [], isNamed: false };
  if (assets === null) return { schema: place.schema, ignored: [], isNamed: false };
  const named = assets.filter((asset) => 'database' in asset);
  const problems = named.map((asset) => schemaProblem(asset, place));
  return {
    schema: problems.includes(undefined) ? place.schema : null,
    ignored: problems.flatMap((problem) => problem ?? []),
    isNamed: named.some(({ database }) => database === place.database),
  };
}

/** A port that gives nothing yet. */
export function waitingFor(approval: Approval, waiting: string): PortAccess {
  return { ...shownOf(approval), paths: [], schema: null, ignored: [], waiting };
}

/** A port whose paths the source does not show: it gives what the source last showed. If that is unknown, it gives nothing yet. */
export function keptAccess(approval: Approval, known: readonly PortAccess[]): PortAccess {
  const before = known.find(
    ({ provider_id, output_port_id, waiting }) =>
      provider_id === approval.providerId && output_port_id === approval.outputPortId && waiting === null,
  );
  if (!before) return waitingFor(approval, HIDDEN);
  const { paths, schema = null, ignored } = before;
  return { ...shownOf(approval), paths, schema, ignored, waiting: null };
}

/**
 * Returns the approvals, with each hidden provider replaced by the stored data of its port. An approval without any port id may be any
 * stored port that is not listed.
 */
export function recalled(approvals: readonly Approval[], known: readonly PortAccess[]): Approval[] {
  const listed = new Set(approvals.map(({ outputPortId }) => outputPortId));
  return approvals.flatMap((approval) => {
    if (approval.providerId !== null) return [approval];
    const { outputPortId: id } = approval;
    const meant = known.filter(
      (each) =>
        each.provider_id !== null &&
        (id === '' ? !listed.has(each.output_port_id) : each.output_port_id === id),
    );
    if (meant.length === 0) return [approval];
    return meant.map((each) =>
      id === '' ? approvalOf(each) : { ...approval, providerId: each.provider_id, recalled: true as const },
    );
  });
}

/** What several ports give together: each path once, with write if one of the ports gives write. */
export function unionOf(ports: readonly PortAccess[]): GrantedPath[] {
  const union = new Map<string, GrantedPath>();
  for (const { paths, permission } of ports) {
    for (const prefix of paths) {
      if (permission === 'write' || !union.has(prefix)) union.set(prefix, { prefix, permission });
    }
  }
  return [...union.values()].slice(0, MOST_PATHS_OF_PROVIDER);
}

function shownOf({ providerId, outputPortId, mode, since, until }: Approval) {
  const meaning = meaningOf(mode);
  return {
    provider_id: providerId,
    output_port_id: outputPortId,
    access_mode: mode,
    access_mode_known: meaning !== 'unknown',
    permission: meaning === 'write' ? ('write' as const) : ('read' as const),
    decided_on: since,
    valid_until: until,
  };
}

function approvalOf({
  provider_id,
  output_port_id,
  access_mode,
  decided_on,
  valid_until,
}: PortAccess): Approval {
  return {
    providerId: provider_id,
    outputPortId: output_port_id,
    mode: access_mode,
    since: decided_on,
    until: valid_until,
    recalled: true,
  };
}
