import { HttpStatus, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../auth/authenticated.js';
import type { DryRunDto, DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { NodeWatch } from '../nodes/node-watch.js';
import { AccessWriter, type Mutation, type WriteResult } from './writer.js';

/** A request that changes access. */
export interface MutationRequest {
  context: RequestContext;
  reply: FastifyReply;
  /** True for a change that no node of MinIO may miss: 202 as long as one of them has not received it. */
  everywhere?: boolean;
}

/** Such a request that may ask for the plan only. */
export interface PlannableRequest extends MutationRequest {
  query: Pick<DryRunQuery, 'dry_run'>;
}

/** Answers requests that change access. */
@Injectable()
export class Mutations {
  constructor(
    private readonly writer: AccessWriter,
    private readonly nodes: NodeWatch,
  ) {}

  /** With `?dry_run=true` the plan; otherwise the answer of {@link run}. */
  async answer<T, D>(
    mutation: Mutation<T> | Promise<Mutation<T>>,
    request: PlannableRequest,
    show: (written: WriteResult<T>) => D | Promise<D>,
  ): Promise<D | DryRunDto> {
    if (!request.query.dry_run) return this.run(mutation, request, show);
    request.reply.status(HttpStatus.OK);
    return { dry_run: true, plan: await this.writer.plan(await mutation, request.context) };
  }

  /**
   * Runs the mutation and answers with what `show` returns: 200, or 204 for nothing, or 202 as long as MinIO does not hold the change.
   * `show` may set another status.
   */
  async run<T, D>(
    mutation: Mutation<T> | Promise<Mutation<T>>,
    { context, reply, everywhere = false }: MutationRequest,
    show: (written: WriteResult<T>) => D | Promise<D>,
  ): Promise<D> {
    const done = await this.writer.run(await mutation, context);
    const written = everywhere ? await this.nodes.everywhere(done) : done;
    reply.status(written.enforced ? HttpStatus.OK : HttpStatus.ACCEPTED);
    const shown = await show(written);
    if (shown === undefined) reply.status(HttpStatus.NO_CONTENT);
    return shown;
  }
}

/** The answer to a removal: nothing, or that MinIO does not hold it yet. */
export function gone({ enforced }: { enforced: boolean }): { enforced: boolean } | undefined {
  return enforced ? undefined : { enforced };
}
