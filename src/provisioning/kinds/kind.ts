import type { Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Actor } from '../../common/caller.js';
import type { RequestContext } from '../../auth/authenticated.js';
import type { Thing } from '../../common/problems/missing-things.js';
import type { JsonSchema } from '../../documents/model.js';
import { storageUnavailable } from '../../minio/minio-admin.js';
import type { Executor, ProvisionRow } from '../../database/schema.js';
import type { ExpectedThings, LeftThing } from './expected-things.js';
import type { TakenTogether } from './taken-together.js';

/** One planned change in MinIO, for people to read. */
export interface ShownChange {
  change: string;
  target: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** The result of one part of a provision. */
export interface Operation {
  /** The entitlement, as the request named it. */
  entitlement: Record<string, unknown>;
  action: 'grant' | 'revoke' | 'create' | 'change' | 'remove';
  /** `unchanged`: it was already so; `skipped`: there was nothing to remove. */
  status: 'done' | 'unchanged' | 'skipped';
  message?: string;
}

/** The result of a provision; stored in its row, so never a secret. */
export interface ProvisionResult {
  operations: Operation[];
  [more: string]: unknown;
}

/** The parts of a result that the provision created; parts that already existed are not included. */
export function newlyMade({ operations }: ProvisionResult): Operation[] {
  return operations.filter(
    ({ action, status }) => (action === 'create' || action === 'grant') && status === 'done',
  );
}

/** Who asks, for which team and when. */
export interface AskContext extends RequestContext {
  /** The team of the workflow whose step it is, otherwise undefined. */
  team?: string | undefined;
  /** What will have been made or removed by then; undefined: it would be done now. */
  expected?: ExpectedThings | undefined;
  /** What other items of the same order plan take of limits; undefined: it is asked for alone. */
  taken?: TakenTogether | undefined;
  /** What the provision has done already, if it is looked at again; undefined: nothing yet. */
  made?: ProvisionResult | undefined;
}

/**
 * What `apply` and `undo` return when the provision has to wait. It goes on when a provision that names it in `wakes` has ended, and none is
 * left: the same method is called again, with a full number of attempts. `begin` runs in the transaction that records the wait, and accepts
 * what to wait for.
 */
export class Wait {
  constructor(
    readonly begin: (trx: Executor) => Promise<void>,
    /** Without such a provision it goes on after this time, in milliseconds. */
    readonly atMostMs = 0,
  ) {}
}

/** Thrown by `plan`: this process cannot tell, and a worker can. What a run shows then says so, and people are asked once a worker has planned. */
export class PlannedByWorker extends Error {
  override readonly name = 'PlannedByWorker';

  constructor() {
    super('Only a worker can plan it');
  }
}

/** Ends a provision as cancelled: somebody asked for that while it ran. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';

  constructor() {
    super('It was cancelled');
  }
}

/** The requester, and the origin of the request. */
export interface RunContext {
  provisionId: string;
  actor: RequestContext;
  origin: ProvisionRow['origin'];
  correlationId: string;
  /** The team of the workflow whose step it is, otherwise undefined. */
  team?: string | undefined;
  /** Digests of the changes that were planned when its run began it; undefined: nobody looked. A kind that plans anew compares. */
  planned?: readonly string[] | undefined;
  /** What earlier attempts saved; null: nothing. */
  saved: ProvisionResult | null;
  /**
   * Stores what was changed so far, or is about to be: after a crash the next attempt finds it in `saved`. A provision that fails keeps it as
   * its result. Throws `LeaseLost` if another process runs the provision by now.
   */
  save(result: ProvisionResult): Promise<void>;
  /**
   * Call it before each step of long work. Throws `LeaseLost` if another process may run the provision by now, {@link Interrupted} if this one
   * is stopping, and `step_timed_out` if its time is up.
   */
  guard(): Promise<void>;
  /** Aborted when its time is up, for a call that may take long. The attempt has failed then, whatever it still gives. */
  signal: AbortSignal;
}

/** This process is stopping: the provision is due at once for another one. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('The service is stopping');
  }
}

/**
 * One kind of provision. `apply` may run again after a crash at any point: repeating it changes nothing more. It throws a problem with a
 * 4xx code if a retry cannot help, and any other error if it can.
 */
export interface ProvisionKind<I extends object = object> {
  /** Provisions of one subject run one at a time, in the order of acceptance. */
  subjectOf(input: I): string;
  /** Refuses an input that can never be applied, before anything is recorded. Kinds that only this service makes do not have it. */
  validate?(input: I, context: AskContext): Promise<void>;
  /**
   * The changes that `apply` would make. Throws what `apply` would throw: whatever a rule refuses, a dry run refuses. What only things are
   * missing for is a `MissingThings`.
   */
  plan(input: I, context: AskContext): Promise<ShownChange[]>;
  /** The things that must be there before. */
  needs?(input: I, context: AskContext): Thing[];
  /** The things that are there, or gone, once it has been applied. Of the input only a part may be known. */
  leaves?(input: I, context: AskContext): LeftThing[] | Promise<LeftThing[]>;
  apply(input: I, context: RunContext): Promise<ProvisionResult | Wait>;
  /**
   * Undoes what a provision created, according to its result; anything that existed before, or was added since, stays. Repeating it changes
   * nothing more. Kinds that create nothing do not have it.
   */
  undo?(input: I, result: ProvisionResult, context: RunContext): Promise<ProvisionResult | Wait>;
  /**
   * Called in the transaction that records how an attempt ended, or that the provision was cancelled: `status` and `error` of the row say
   * how. `error` is null for a `pending` one that was interrupted.
   */
  recorded?(input: I, row: ProvisionRow, trx: Executor): Promise<void>;
  /** Like {@link recorded}, for the provision that undoes one of this kind. */
  undoRecorded?(input: I, row: ProvisionRow, trx: Executor): Promise<void>;
  /**
   * Asks one that has begun to end by itself, in the caller's transaction. False: there is nothing to ask yet, so it is cancelled at once, and
   * checks that in the transaction in which it would go on. Without this method what has begun is waited for.
   */
  askToEnd?(row: ProvisionRow, actor: Actor, trx: Executor): Promise<boolean>;
  /** How far it is: numbers for people to read. */
  progress?(input: I): Promise<Record<string, number>>;
}

/** What is known of a kind without an instance of it; the OpenAPI document is made from it. */
export interface KindEntry {
  name: string;
  /** The class that defines and validates the input; of a step of workflows, the schema of its step type. */
  input: Type<object> | JsonSchema;
  /** False: neither `POST /provisions` nor an order plan accepts it. */
  requestable: boolean;
  /** Who asks for one that cannot be requested learns how it comes about. */
  instead: string;
  /** True: a run may take hours. It occupies no worker, and attempts are not limited. */
  long: boolean;
  /** True: it can be cancelled while it runs. Its steps check in their own transactions that it was not. */
  stoppable: boolean;
  /** True: one that failed or was cancelled may have created something, and can be undone, too. */
  partial: boolean;
  /** False: one that failed is no dead letter, because redriving it would do nothing. */
  redrivable: boolean;
  /** False: its plan, made again later, does not tell whether what it did still holds. */
  lasting: boolean;
  /** True: it plans anew when it begins, and refuses to do anything that its run did not plan before. */
  bound: boolean;
}

const USUAL: Omit<KindEntry, 'name' | 'input'> = {
  requestable: true,
  instead: 'cannot be requested',
  long: false,
  stoppable: false,
  partial: false,
  redrivable: true,
  lasting: true,
  bound: false,
};

/** Marks the classes of kinds; {@link Kind} checks the types. */
export const KIND = DiscoveryService.createDecorator<KindEntry>();

/** The team for which a provision was requested: workflows say it in the metadata of their steps. */
export function teamOf(metadata: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const team = metadata?.['team'];
  return typeof team === 'string' ? team : undefined;
}

/** What was planned before it was requested: workflows say it in the metadata of their steps. */
export function plannedOf(metadata: Readonly<Record<string, unknown>> | undefined): string[] | undefined {
  const planned = metadata?.['planned'];
  return Array.isArray(planned) ? planned.map(String) : undefined;
}

/** Declares a provider as a kind of provision: the table of kinds and the OpenAPI document find it. */
export function Kind<I extends object>(
  name: string,
  input: Type<I> | JsonSchema,
  options: Partial<typeof USUAL> = {},
) {
  return (target: new (...dependencies: never[]) => ProvisionKind<I>): void => {
    KIND({ name, input, ...USUAL, ...options })(target);
  };
}

/** The result of `undo` for the newly created parts; `work` removes them, and is skipped if there are none. */
export async function takeBack(
  made: ProvisionResult,
  action: 'remove' | 'revoke',
  work: (operations: Operation[]) => Promise<{ enforced: boolean }>,
): Promise<ProvisionResult> {
  const operations = newlyMade(made);
  if (operations.length > 0) enforced({ value: undefined, enforced: (await work(operations)).enforced });
  return { operations: operations.map((each) => ({ ...each, action })) };
}

/** The value of an enforced change. Throws until it is enforced, so that the provision is retried, which changes nothing more. */
export function enforced<T>({ value, enforced: done }: { value: T; enforced: boolean }): T {
  if (!done) throw storageUnavailable('The change is not enforced in MinIO yet');
  return value;
}
