import { Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../../common/problems/problem.js';
import { ProblemFilter } from '../../common/problems/problem.filter.js';
import { databaseProblem } from '../../database/database-problem.js';
import { envelopeOf } from './kbase-error.js';

/** Writes the problems of these routes in the form that KBase's clients read; everything else is as for all problems. */
@Catch()
export class EnvelopeFilter extends ProblemFilter {
  constructor() {
    super([databaseProblem]);
  }

  protected override write(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    const { status, body } = envelopeOf(problem, request.headers.authorization !== undefined);
    reply.status(status).header('content-type', 'application/json; charset=utf-8').send(body);
  }
}
