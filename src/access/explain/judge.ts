import type { AccessQuestion } from '../../policy/access-question.js';
import { reaches, weighAccess } from '../../policy/access-question.js';
import type { Weighed } from '../../policy/foreign/weigh.js';
import type { PolicyStatement } from '../../madmin/types.js';
import { parsePolicyName } from '../../policy/names.js';
import { formatPath, isCovered, type LakePath } from '../../policy/paths.js';
import type { WantedDocuments } from '../desired/desired.js';
import type { NamedGrant } from '../grants/grant-lookups.store.js';
import type { Holding } from './foreign-access.js';

/** One reason why a user or group reaches a path. */
export interface AccessReason {
  /** Through what: `owner`, `user bob`, `group KBase`, `everyone`; `foreign_policy`: through a policy that this service did not make. */
  via: string;
  /** `perhaps`: it depends on facts that only a request has. */
  permission: 'read' | 'write' | 'perhaps';
  /** When the grant ends by itself. */
  expires_at?: string;
  /** The grant behind it; absent for the own home and for foreign policies. */
  grant?: {
    path: string;
    permission: 'read' | 'write';
    granted_by: string;
    /** Whose home the path is in; null: nobody's. */
    owner: string | null;
    origin: string;
    expires_at: string | null;
  };
  policy_name?: string;
  /** The MinIO group through which a foreign policy applies. */
  group?: string;
  /** The policy document and the index of its statement, from 0; of a foreign policy for administrators only. */
  statement?: { policy_name: string; index: number; document?: PolicyStatement };
}

/** Why a user or group still reaches a path: a grant, or a foreign policy in MinIO. */
export type RemainingReason = Pick<AccessReason, 'via' | 'permission' | 'policy_name' | 'group'> & {
  path: string;
};

/** Documents of this service that a user or group holds, and through what. */
export interface OwnHolding {
  via: string;
  documents: WantedDocuments;
  grants: readonly NamedGrant[];
}

/** Why the holder may do it by the documents of this service. */
export function ownReasons({ via, documents, grants }: OwnHolding, question: AccessQuestion): AccessReason[] {
  const named = [...documents].map(([name, { document }]) => ({ name, document }));
  const answer = reaches(named, question);
  if (!answer.allowed || !answer.because) return [];
  const policy_name = answer.because.name;
  const statement = { policy_name, index: answer.because.statement };
  const wanted = needs(question);
  const behind = grants.filter(({ permission }) => wanted === 'read' || permission === 'write');
  if (via === 'owner' || behind.length === 0) return [{ via, permission: wanted, policy_name, statement }];
  return behind.map((grant) => ({
    via,
    permission: wanted,
    ...(grant.expires_at ? { expires_at: grant.expires_at.toISOString() } : {}),
    grant: shown(grant),
    policy_name,
    statement,
  }));
}

/** Whether a grant, or a home, is on the path or above it. */
export function covers(above: Pick<LakePath, 'bucket' | 'prefix'>, path: LakePath): boolean {
  return isCovered(path, above);
}

/**
 * Why the holders may do it at the path of the question, by the grants that are there or above, and the homes. Only the documents with these
 * grants are evaluated: no other document of this service applies to the path.
 */
export function reasonsAt(
  holdings: readonly OwnHolding[],
  question: AccessQuestion,
  homes: readonly LakePath[],
): AccessReason[] {
  const isHome = homes.some((home) => covers(home, question));
  return holdings.flatMap((holding) => {
    const grants = holding.grants.filter((grant) => covers(grant, question));
    if (holding.via === 'owner' ? !isHome : grants.length === 0) return [];
    const shards = new Set([0, ...grants.map(({ shard }) => shard)]);
    const documents = [...holding.documents].filter(([name]) =>
      shards.has(parsePolicyName(name)?.shard ?? 0),
    );
    return ownReasons({ ...holding, grants, documents: new Map(documents) }, question);
  });
}

/** All reasons, including foreign policies: these may allow, deny, or leave the answer open. `inFull`: with the foreign statements. */
export function judged(
  own: readonly AccessReason[],
  held: Holding,
  question: AccessQuestion,
  inFull: boolean,
): AccessReason[] {
  if (held.locked) return [];
  const documents = held.policies.map(({ document }) => document);
  const weighed = weighAccess(documents, question);
  if (weighed.denied === true) return [];
  const all = [...own, ...foreignReasons(held, weighed, needs(question), inFull)];
  return weighed.denied === 'unknown' ? all.map((each) => ({ ...each, permission: 'perhaps' })) : all;
}

/** Why the holder may do it by foreign policies. */
export function foreignReasons(
  { policies }: Holding,
  { because }: Weighed,
  permission: 'read' | 'write',
  inFull: boolean,
): AccessReason[] {
  return because.flatMap(({ document, statement: index, sure }): AccessReason[] => {
    const policy = policies[document];
    if (!policy) return [];
    const { policy_name, group } = policy;
    const source = index === undefined ? undefined : policy.document?.Statement[index];
    return [
      {
        via: 'foreign_policy',
        permission: sure ? permission : 'perhaps',
        policy_name,
        ...(group === undefined ? {} : { group }),
        ...(inFull && source && index !== undefined
          ? { statement: { policy_name, index, document: source } }
          : {}),
      },
    ];
  });
}

/** True when one reason is certain. */
export function allowedBy(because: readonly AccessReason[]): boolean | 'perhaps' {
  if (because.length === 0) return false;
  return because.some(({ permission }) => permission !== 'perhaps') || 'perhaps';
}

/**
 * The most that the holder may do, with every reason for it and for less; undefined if there is none. `ask` returns an action's reasons.
 */
export function mostOf(
  ask: (action: 'read' | 'write') => readonly AccessReason[],
): { permission: AccessReason['permission']; because: AccessReason[] } | undefined {
  const because: AccessReason[] = [];
  for (const action of ['write', 'read'] as const) {
    for (const each of ask(action)) {
      const known = because.findIndex((other) => isSameReason(other, each));
      if (known < 0) because.push(each);
      else if (because[known]?.permission === 'perhaps') because[known] = each;
    }
  }
  if (because.length === 0) return undefined;
  const given = new Set(because.map(({ permission }) => permission));
  const permission = given.has('write') ? 'write' : given.has('read') ? 'read' : 'perhaps';
  return { permission, because };
}

function isSameReason(a: AccessReason, b: AccessReason): boolean {
  const same = a.via === b.via && a.group === b.group;
  // one document of this service may allow reading and writing in two statements
  return same && (a.grant ? a.grant.path === b.grant?.path : !b.grant && a.policy_name === b.policy_name);
}

function needs({ action }: AccessQuestion): 'read' | 'write' {
  return action === 'write' || action === 'delete' ? 'write' : 'read';
}

function shown(grant: NamedGrant): NonNullable<AccessReason['grant']> {
  const { permission, granted_by, owner_name: owner, origin, expires_at } = grant;
  return {
    path: formatPath(grant),
    permission,
    granted_by,
    owner,
    origin,
    expires_at: expires_at?.toISOString() ?? null,
  };
}
