import { Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../../common/problems/problem.js';
import { ProblemFilter } from '../../common/problems/problem.filter.js';
import { databaseProblem } from '../../database/database-problem.js';
import { scimErrorOf } from './scim-error.js';

export const SCIM_MEDIA_TYPE = 'application/scim+json; charset=utf-8';

/** Writes the problems of SCIM's routes in its form; everything else is as for all problems. */
@Catch()
export class ScimFilter extends ProblemFilter {
  constructor() {
    super([databaseProblem]);
  }

  protected override write(problem: Problem, _request: FastifyRequest, reply: FastifyReply): void {
    const { status, body } = scimErrorOf(problem);
    reply.status(status).header('content-type', SCIM_MEDIA_TYPE).send(body);
  }
}
