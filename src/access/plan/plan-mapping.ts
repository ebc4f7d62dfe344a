import { equals } from '../../policy/documents.js';
import type { WantedDocuments } from '../desired/desired.js';
import type { Change } from './changes.js';
import { foreignPolicies, type ObservedDocuments } from './observe.js';

/** What must be done to the documents of one MinIO user or group, in parts, because other changes come between them. */
export interface MappingPlan {
  /** Takes away what is no longer wanted. */
  narrow: Change[];
  /** Writes every document that is not as it should be. */
  put: Change[];
  /** Attaches what should be attached. */
  attach: Change[];
  /** Deletes documents that are no longer attached. */
  drop: Change[];
}

/**
 * `attached`: what MinIO has attached to the target now; null if there is no such target. Foreign policies stay attached.
 * `group`: the MinIO group, if it is one. `unchanged`: names of wanted documents that are not looked at.
 */
export function planMapping(
  { documents: wanted, unchanged = [] }: { documents: WantedDocuments; unchanged?: readonly string[] },
  documents: ObservedDocuments,
  attached: readonly string[] | null,
  group?: string,
): MappingPlan {
  const foreign = foreignPolicies(attached ?? []);
  const target = group === undefined ? {} : { group };
  const names = [...unchanged, ...wanted.keys(), ...foreign];
  const kept = (attached ?? []).filter((name) => names.includes(name));
  const narrow: Change[] =
    attached && kept.length < attached.length ? [{ change: 'set_policies', names: kept, ...target }] : [];
  const put = [...wanted].flatMap(([name, { document }]): Change[] => {
    const present = documents.get(name);
    return present && equals(present, document) ? [] : [{ change: 'put_policy', name, document }];
  });
  // existing documents are replaced before new ones are added: a replacement may take access away
  put.sort((a, b) => Number(isNew(a, documents)) - Number(isNew(b, documents)));
  const attach: Change[] =
    attached && sameNames(names, kept) ? [] : [{ change: 'set_policies', names, ...target }];
  const drop = [...documents.keys()].flatMap((name): Change[] =>
    wanted.has(name) ? [] : [{ change: 'remove_policy', name }],
  );
  return { narrow, put, attach, drop };
}

function isNew(change: Change, documents: ObservedDocuments): boolean {
  return change.change === 'put_policy' && !documents.has(change.name);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
