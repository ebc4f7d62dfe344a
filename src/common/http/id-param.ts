import { Param, ParseUUIDPipe } from '@nestjs/common';
import { Problem } from '../problems/problem.js';

/** An id in a path. One that is not a UUID belongs to nothing: 404, as for an id that does not exist. */
export function IdParam(name: string, what: string): ParameterDecorator {
  const exceptionFactory = () => new Problem('not_found', `There is no such ${what}`);
  return Param(name, new ParseUUIDPipe({ exceptionFactory }));
}
