import type { PolicyGrant } from '../grants/grants.js';
import type { AccessRequest } from '../evaluate.js';
import { BUCKET_PROBES, OWNER_ACTION, READ_ACTIONS, WRITE_ACTIONS } from './actions.js';

/** What a document should give. */
export interface Expectation {
  grants: readonly PolicyGrant[];
  /** Whether write is lowered to read. */
  lower?: boolean;
  /** Whether the holder owns these prefixes and may therefore delete versions there permanently. */
  owned?: boolean;
  /** A bucket that may be asked about without any grant in it. */
  bucket?: string;
  /** The bucket that another document of the same holder lets be asked about. */
  base?: string;
}

/** One segment of a path, the grants that end there, and those of name prefixes: of every next segment that starts with the text. */
interface Node {
  below: Map<string, Node>;
  grants: PolicyGrant[];
  starts: { text: string; grant: PolicyGrant }[];
}

/**
 * A second definition of what should be allowed, without ARNs, wildcards or statements: paths are lists of segments, and a grant reaches
 * the paths that continue its own, that of a name prefix the paths whose last given segment starts with it. The proof compares it with what MinIO would answer to a document; the two share no code.
 */
export class ReferenceModel {
  private readonly buckets = new Map<string, Node>();

  constructor(private readonly expected: Expectation) {
    if (expected.bucket !== undefined) this.buckets.set(expected.bucket, newNode());
    for (const grant of expected.grants) this.place(grant);
  }

  allows({ action, bucket, key, conditions = {} }: AccessRequest): boolean {
    if (BUCKET_PROBES.includes(action)) return bucket !== this.expected.base && this.buckets.has(bucket);
    const now = String(conditions['aws:CurrentTime'] ?? '');
    if (action === 's3:ListBucket') {
      const prefixes = [conditions['s3:prefix'] ?? []].flat();
      const lists = (grant: PolicyGrant, exact: boolean) => !exact && this.holds(grant, now);
      // the server chooses which of several it lists: all must be granted
      return prefixes.length > 0 && prefixes.every((prefix) => this.along(bucket, prefix, lists));
    }
    if (key === undefined) return false;
    if (READ_ACTIONS.includes(action)) return this.along(bucket, key, (grant) => this.holds(grant, now));
    if (!WRITE_ACTIONS.includes(action) && !(this.expected.owned && action === OWNER_ACTION)) return false;
    return this.along(bucket, key, (grant, exact) => this.writes(grant, exact) && this.holds(grant, now));
  }

  /** Whether a grant holds at that moment: until its expiry, in whole seconds, or permanently without one. */
  private holds({ expiresAt }: PolicyGrant, now: string): boolean {
    if (!expiresAt) return true;
    return Math.floor(Date.parse(now) / 1000) < Math.floor(expiresAt.getTime() / 1000);
  }

  private writes({ permission, folder }: PolicyGrant, exact: boolean): boolean {
    return permission === 'write' && !this.expected.lower && !(exact && folder);
  }

  /** Whether some grant on the way to this path says yes; `exact` says that the path ends where the grant does. */
  private along(
    bucket: string,
    path: string,
    says: (grant: PolicyGrant, exact: boolean) => boolean,
  ): boolean {
    let node = this.buckets.get(bucket);
    for (let start = 0; node;) {
      const exact = start > path.length;
      for (const grant of node.grants) if (says(grant, exact)) return true;
      if (exact) return false;
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      const segment = path.slice(start, end);
      for (const { text, grant } of node.starts)
        if (segment.startsWith(text) && says(grant, false)) return true;
      node = node.below.get(segment);
      start = end + 1;
    }
    return false;
  }

  private place(grant: PolicyGrant): void {
    let node = child(this.buckets, grant.bucket);
    const segments = grant.prefix.split('/');
    const start = grant.prefix.endsWith('*') ? segments.pop() : undefined;
    for (const segment of segments) node = child(node.below, segment);
    if (start === undefined) node.grants.push(grant);
    else node.starts.push({ text: start.slice(0, -1), grant });
  }
}

function newNode(): Node {
  return { below: new Map(), grants: [], starts: [] };
}

function child(nodes: Map<string, Node>, name: string): Node {
  const node = nodes.get(name) ?? newNode();
  nodes.set(name, node);
  return node;
}
