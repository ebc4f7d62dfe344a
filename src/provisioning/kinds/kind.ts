import type { Type } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { storageUnavailable } from '../../minio/minio-admin.js';
import type { ProvisionRow } from '../../database/schema.js';

/** One thing that would be done in MinIO, for people to read. */
export interface ShownChange {
  change: string;
  target: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** What became of one part of a provision. */
export interface Operation {
  /** What it is about, as the request named it. */
  entitlement: Record<string, unknown>;
  action: 'grant' | 'revoke' | 'create' | 'change' | 'remove';
  /** `unchanged`: it was so already; `skipped`: there was nothing to take away. */
  status: 'done' | 'unchanged' | 'skipped';
  message?: string;
}

/** What a provision gave; kept in its row, so never a secret. */
export interface ProvisionResult {
  operations: Operation[];
  [more: string]: unknown;
}

/** The parts of a result that a provision has newly made; what it found there is none. */
export function newlyMade({ operations }: ProvisionResult): Operation[] {
  return operations.filter(
    ({ action, status }) => (action === 'create' || action === 'grant') && status === 'done',
  );
}

/** Who asked, and for what reason. */
export interface RunContext {
  provisionId: string;
  actor: RequestContext;
  origin: ProvisionRow['origin'];
  correlationId: string;
  /** Which attempt this is, from 1 on. */
  attempt: number;
}

/**
 * One kind of provision. `apply` may be run again after a crash anywhere in it: doing it twice changes nothing more. It throws a problem
 * of the 4xx codes for what will never work, anything else for what may work later.
 */
export interface ProvisionKind<I extends object = object> {
  readonly name: string;
  /** The class that says what an input must look like. */
  readonly input: Type<I>;
  /** Provisions of one subject run one at a time, in the order of their acceptance. */
  subjectOf(input: I): string;
  /** Refuses what can never be carried out, before anything is recorded. */
  validate(input: I, context: RequestContext): Promise<void>;
  /** What `apply` would do in MinIO now. */
  plan(input: I, context: RequestContext): Promise<ShownChange[]>;
  apply(input: I, context: RunContext): Promise<ProvisionResult>;
  /**
   * Takes back what a provision has created, by what its result says; what was there before, or has come since, stays. Doing it twice changes
   * nothing more. Kinds that create nothing have none.
   */
  undo?(input: I, result: ProvisionResult, context: RunContext): Promise<ProvisionResult>;
}

/** What `undo` gives, for the parts that were newly made; `work` takes them away and is left out where there are none. */
export async function takeBack(
  made: ProvisionResult,
  action: 'remove' | 'revoke',
  work: (operations: Operation[]) => Promise<{ enforced: boolean }>,
): Promise<ProvisionResult> {
  const operations = newlyMade(made);
  if (operations.length > 0) enforced({ value: undefined, enforced: (await work(operations)).enforced });
  return { operations: operations.map((each) => ({ ...each, action })) };
}

/** The value of a change that MinIO follows. While it does not, the provision is not done: it is tried again, which changes nothing more. */
export function enforced<T>({ value, enforced: done }: { value: T; enforced: boolean }): T {
  if (!done) throw storageUnavailable('MinIO does not follow yet');
  return value;
}
