import { changedDocuments, EVERYTHING } from '../../../src/access/subjects/changed-documents.js';
import type { SubjectRow } from '../../../src/database/schema.js';

const DAY_MS = 86_400_000;
/** A subject of which the documents 3 and 12 changed, and nothing else. */
const ROW = {
  status: 'active',
  applied_status: 'active',
  generation: 7,
  listed_generation: 7,
  changed_documents: { 12: 7, 3: 6 },
  end_limits: {},
  suspect: false,
  unchecked: false,
  unsettled_until: new Date(Date.now() - DAY_MS),
} as unknown as SubjectRow;

describe('the documents that an enforcement goes over', () => {
  it('are the changed ones, of a subject of which all else is certain', () => {
    expect(changedDocuments(ROW)).toEqual([3, 12]);
    expect(changedDocuments({ ...ROW, unsettled_until: null })).toEqual([3, 12]);
  });

  it.each<[string, Partial<SubjectRow>]>([
    ['it changed by code that does not list documents', { listed_generation: 6 }],
    ['it was never gone over since documents are listed', { end_limits: null }],
    ['a write to MinIO ended without an answer', { suspect: true }],
    ['such a write may still arrive', { unsettled_until: new Date(Date.now() + 5000) }],
    [
      'such a write may still arrive, by a clock that is behind',
      { unsettled_until: new Date(Date.now() - 5000) },
    ],
    ['its name was not compared with what MinIO has', { unchecked: true }],
    ['it is disabled', { status: 'disabled' }],
    ['it was disabled in MinIO', { applied_status: 'disabled' }],
    ['nothing is listed', { changed_documents: {} }],
    ['more changed than grants', { changed_documents: { 3: 6, [EVERYTHING]: 7 } }],
  ])('are all of them when %s', (_, change) => {
    expect(changedDocuments({ ...ROW, ...change })).toBeUndefined();
  });
});
