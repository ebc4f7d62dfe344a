import type { ForeignPolicy } from '../../access/explain/foreign-access.js';
import { matcherOf } from '../../policy/matching/wildcards.js';
import type { Candidate } from '../candidates.js';

/** The foreign policies of a subject, as far as the request names them. */
export interface Named {
  policies: ForeignPolicy[];
  /** Those of the MinIO group of its readers; undefined if there is no such group. */
  readers?: ForeignPolicy[];
  /** All policies of that MinIO group, named or not. */
  ofReaders?: ForeignPolicy[];
  /** Those that are not named. */
  others: ForeignPolicy[];
}

/** `patterns`: names of policies, with `*` and `?`. */
export function namedOf(candidate: Candidate, patterns: readonly string[]): Named {
  const matches = matcherOf(patterns);
  const isNamed = ({ policy_name }: ForeignPolicy): boolean => matches(policy_name);
  const readers =
    candidate.kind === 'group' && candidate.readersGroup ? candidate.readersPolicies : undefined;
  return {
    policies: candidate.policies.filter(isNamed),
    ...(readers ? { readers: readers.filter(isNamed), ofReaders: readers } : {}),
    others: [...candidate.policies, ...(readers ?? [])].filter((policy) => !isNamed(policy)),
  };
}
