import { meaningOf } from './access-mode.js';
import { assetPath, type ProviderPlace, type S3Asset } from './asset-path.js';

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
  /** Why assets that are linked to the port give nothing. */
  ignored: string[];
  /** What the port waits for before it gives anything. */
  waiting: string | null;
}

/**
 * What a port gives: the paths of the linked S3 assets in our bucket, or, if there are none, the provider's published data. A port gives
 * nothing if none of its paths can be granted.
 */
export function portAccess(approval: Approval, place: ProviderPlace, assets: readonly S3Asset[]): PortAccess {
  const ours = assets.filter(({ bucket }) => bucket === place.bucket);
  const found = assets.map((asset) => assetPath(asset, place));
  const named = [...new Set(found.flatMap((each) => ('prefix' in each ? [each.prefix] : [])))].sort();
  const paths = ours.length > 0 ? named : PUBLISHED.map((part) => `${place.prefix}/${part}`);
  const ignored = found.flatMap((each) => ('ignored' in each ? [each.ignored] : []));
  return {
    ...shownOf(approval),
    paths: paths.slice(0, MOST_PATHS),
    ignored: [...new Set([...ignored, ...(paths.length > MOST_PATHS ? [TOO_MANY] : [])])].sort(),
    waiting: null,
  };
}

/** A port that gives nothing yet. */
export function waitingFor(approval: Approval, waiting: string): PortAccess {
  return { ...shownOf(approval), paths: [], ignored: [], waiting };
}

/** A port whose paths the source does not show: it gives what the source last showed. If that is unknown, it gives nothing yet. */
export function keptAccess(approval: Approval, known: readonly PortAccess[]): PortAccess {
  const before = known.find(
    ({ provider_id, output_port_id, waiting }) =>
      provider_id === approval.providerId && output_port_id === approval.outputPortId && waiting === null,
  );
  if (!before) return waitingFor(approval, HIDDEN);
  const { paths, ignored } = before;
  return { ...shownOf(approval), paths, ignored, waiting: null };
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
