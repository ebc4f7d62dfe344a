import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { type AccessRequest, evaluatorOf, UnsupportedPolicyError, type Verdict } from '../evaluate.js';
import type { PolicyGrant } from '../grants/grants.js';
import { type HomeLocation, homePath, type LakePath, patternOf } from '../paths.js';
import { type Expectation, ReferenceModel } from './model.js';
import { strings } from '../matching/values.js';
import { ALWAYS, bucketProbes, heldProbesOf, instant, type Moments, probesOf, unnamed } from './probes.js';
import { witnesses } from './witnesses.js';
import { objectArn } from '../statements.js';

/** A request to which a document gives a wrong answer. */
export interface ProofFailure {
  probe: AccessRequest;
  expected: boolean;
  /** The statement that gave the answer, if one did: a Deny where nothing may be denied is a failure, too. */
  because?: Verdict['because'];
  /** Why there is no answer: the document contains something that this service never writes. */
  problem?: string;
}

export interface Proof {
  ok: boolean;
  /** The first of them, at most 20. */
  failures: ProofFailure[];
}

/** What the document of a shard should give. */
export interface ShardExpectation {
  /** All grants of the shard, and no others, as they were passed to `shardDocument`. */
  grants: readonly PolicyGrant[];
  lower?: boolean;
  /** As it was passed to `shardDocument`. */
  base?: string;
  now: Date;
  /** The document that MinIO holds now: the borders of grants that are in it are not asked again. */
  held?: PolicyDocument | undefined;
}

const MAX_FAILURES = 20;
const AT_ANY_TIME: Moments = { now: new Date(0), always: ALWAYS };

/**
 * Checks the document of a shard before it is sent: every grant gives what it says, nothing else gives anything, dates hold.
 * `ReferenceModel` says what is expected, `evaluate` what the document gives. The questions are about what each grant gives, about the
 * borders of each new grant (its path, below it, names that start the same, its parent, its bucket) and about everything that the document
 * itself names. A full shard of new grants takes about 10 ms, one more grant in it about 5 ms.
 */
export function proveShard(document: PolicyDocument, expected: ShardExpectation): Proof {
  const token = unnamed(expected.grants.map(({ prefix }) => prefix));
  const buckets = new Set(expected.grants.map(({ bucket }) => bucket));
  const proof = new Prover(document, expected, false);
  const isHeld = namedIn(expected.held);
  const { now } = expected;
  const moments = { now, always: knowsTime(document, expected.grants) ? ALWAYS : [] };
  for (const grant of expected.grants) {
    const probes = isHeld(grant) ? heldProbesOf : probesOf;
    proof.ask(probes(grant, moments, token));
  }
  return proof.ask(bucketProbes(buckets, moments, token)).end(token, moments);
}

/** Whether an answer of the document or of the model may depend on the time. If not, one moment is as good as any other. */
function knowsTime(document: PolicyDocument, grants: readonly PolicyGrant[]): boolean {
  const isAboutPrefixes = ({ Condition = {} }: PolicyStatement): boolean =>
    Object.values(Condition).every((keys) => Object.keys(keys).every((key) => key === 's3:prefix'));
  return (
    grants.some(({ expiresAt }) => expiresAt) ||
    !document.Statement.every(isAboutPrefixes) ||
    JSON.stringify(document).includes('${')
  );
}

/** Whether a document names what is below the path of a grant. */
function namedIn(document: PolicyDocument | undefined): (grant: PolicyGrant) => boolean {
  const named = new Set(document?.Statement.flatMap(({ Resource }) => strings(Resource)));
  return ({ bucket, prefix }) => named.has(objectArn(bucket, patternOf(prefix)));
}

/** Checks a user's own document: everything in the home, nothing of a neighbor, and administration is denied. */
export function proveHome(document: PolicyDocument, location: HomeLocation): Proof {
  return proveOwn(document, [homePath(location)]);
}

/** The same for any owned prefixes. */
export function proveOwn(document: PolicyDocument, paths: readonly LakePath[]): Proof {
  const homes = paths.map((path): PolicyGrant => ({ ...path, permission: 'write' }));
  const expected = { grants: homes, owned: true };
  const token = unnamed(homes.map(({ prefix }) => prefix));
  const proof = new Prover(document, expected, true);
  for (const home of homes) {
    for (const end of ['', '2', '.old', '-file']) {
      proof.ask(probesOf({ ...home, prefix: home.prefix + end }, AT_ANY_TIME, token));
    }
  }
  const buckets = new Set(homes.map(({ bucket }) => bucket));
  return proof.ask(bucketProbes(buckets, AT_ANY_TIME, token)).end(token);
}

/** Checks the document of a holder without a prefix: requests about the bucket itself are allowed, administration is denied. */
export function proveGuest(document: PolicyDocument, bucket: string): Proof {
  const token = unnamed([bucket]);
  const proof = new Prover(document, { grants: [], bucket }, true);
  return proof.ask(bucketProbes(new Set([bucket]), AT_ANY_TIME, token)).end(token);
}

/** Checks the base document of a group: requests about its bucket itself are allowed, nothing else. */
export function proveGroupBase(document: PolicyDocument, bucket: string): Proof {
  const token = unnamed([bucket]);
  const proof = new Prover(document, { grants: [], bucket }, false);
  return proof.ask(bucketProbes(new Set([bucket]), AT_ANY_TIME, token)).end(token);
}

/** Sends the same requests to a document and to the model, and keeps the differences. */
class Prover {
  private readonly failures: ProofFailure[] = [];
  private readonly model: ReferenceModel;
  private readonly evaluate: (request: AccessRequest) => Verdict;

  /** `deniesServer`: rights over the server must be denied, not only absent. Nothing else may be denied, anywhere. */
  constructor(
    private readonly document: PolicyDocument,
    expected: Expectation,
    private readonly deniesServer: boolean,
  ) {
    this.model = new ReferenceModel(expected);
    this.evaluate = evaluatorOf([document]);
  }

  ask(probes: Iterable<AccessRequest>): this {
    let probe: AccessRequest = { action: '*', bucket: '*' };
    try {
      for (probe of probes) {
        if (this.failures.length >= MAX_FAILURES) return this;
        this.askOne(probe);
      }
    } catch (error) {
      if (!(error instanceof UnsupportedPolicyError)) throw error;
      this.failures.push({ probe, expected: false, problem: error.message });
    }
    return this;
  }

  /** The last requests are those that the document itself names. */
  end(token: string, { now, always }: Moments = AT_ANY_TIME): Proof {
    this.ask(witnesses(this.document, token, always.length > 0 ? always : [instant(now.getTime())]));
    return { ok: this.failures.length === 0, failures: this.failures };
  }

  private askOne(probe: AccessRequest): void {
    const expected = this.model.allows(probe);
    const { allowed, because } = this.evaluate(probe);
    const denied = because?.effect === 'Deny';
    const deny = this.deniesServer && probe.action.startsWith('admin:');
    // even if all values of a repeated key are granted, it may be refused: two statements do not add up
    const mayRefuse = expected && Array.isArray(probe.conditions?.['s3:prefix']);
    if ((allowed === expected || mayRefuse) && denied === deny) return;
    this.failures.push({ probe, expected, ...(because ? { because } : {}) });
  }
}
