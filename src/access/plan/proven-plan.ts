import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import { documentSize, equals, MAX_DOCUMENT_BYTES } from '../../policy/documents.js';
import type { Desired, WantedDocuments, WantedGroup } from '../desired/desired.js';
import type { Change } from './changes.js';
import type { Observed, ObservedDocuments, ObservedMinioGroup } from './observe.js';
import { isForeign, isPresent, planFor } from './plan.js';

/** The plan; each document in it is proven to give what the grants say and nothing else. A document that fails is never sent. */
export function provenPlan(desired: Desired, observed: Observed, certain: boolean): Change[] {
  const { row } = desired;
  if (isPresent(row) && isForeign(row, observed)) throw notOurs(row);
  const plan = planFor(desired, observed, certain);
  const documents = documentsOf(desired);
  const held = heldIn(observed);
  const now = new Date();
  for (const change of plan) {
    if (change.change !== 'put_policy') continue;
    const nothing = desired.kind === 'user' ? desired.nothing : undefined;
    const wanted = documents.get(change.name) ?? nothing;
    if (change.document !== wanted?.document || !wanted.prove(now, held.get(change.name)).ok)
      throw new Problem(
        'internal',
        `The policy ${change.name} does not give what its grants say: it was not applied`,
      );
  }
  return plan;
}

/** 409: MinIO has a user or group of this name that this service does not manage. */
export function notOurs({ kind }: Pick<SubjectRow, 'kind'>): Problem {
  return kind === 'user'
    ? new Problem('user_not_adopted', 'MinIO has a user of this name; an administrator can adopt it')
    : new Problem('name_taken', 'MinIO has a group of this name that this service does not manage');
}

/** Names of all documents that the subject should have, whether or not they changed. */
export function namesOf(desired: Desired): string[] {
  const halves =
    desired.kind === 'user' ? [desired] : [desired.main, ...(desired.readers ? [desired.readers] : [])];
  return halves.flatMap(({ documents, unchanged = [] }) => [...unchanged, ...documents.keys()]);
}

function documentsOf(desired: Desired): WantedDocuments {
  if (desired.kind === 'user') return desired.documents;
  return new Map([...desired.main.documents, ...(desired.readers?.documents ?? [])]);
}

function heldIn(observed: Observed): ObservedDocuments {
  if (observed.kind === 'user') return observed.documents;
  return new Map([...observed.main.documents, ...observed.readers.documents]);
}

/** Whether MinIO would refuse a document of the plan: an older version put more grants into it than fit now. */
export function isTooLarge(plan: readonly Change[]): boolean {
  return plan.some(
    (change) => change.change === 'put_policy' && documentSize(change.document) > MAX_DOCUMENT_BYTES,
  );
}

/** The same desired state, except that documents that MinIO holds already stay as they are. */
export function adding(desired: Desired, observed: Observed): Desired {
  if (desired.kind === 'user' && observed.kind === 'user')
    return { ...desired, documents: keeping(desired.documents, observed.documents) };
  if (desired.kind !== 'group' || observed.kind !== 'group') return desired;
  const half = (wanted: WantedGroup, { documents }: ObservedMinioGroup): WantedGroup => ({
    ...wanted,
    documents: keeping(wanted.documents, documents),
  });
  return {
    ...desired,
    main: half(desired.main, observed.main),
    readers: desired.readers && half(desired.readers, observed.readers),
  };
}

function keeping(documents: WantedDocuments, held: ObservedDocuments): WantedDocuments {
  return new Map(
    [...documents].map(([name, wanted]) => {
      const document = held.get(name);
      // an unreadable document is replaced
      return [name, document && equals(document, document) ? { ...wanted, document } : wanted];
    }),
  );
}
