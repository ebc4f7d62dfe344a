import { Param, ParseUUIDPipe } from '@nestjs/common';
import { noSuch } from '../problems/problem.js';

/** An id in a path. One that is not a UUID belongs to nothing: 404, as for an id that does not exist. */
export function IdParam(name: string, what: string): ParameterDecorator {
  const exceptionFactory = () => noSuch(what);
  return Param(name, new ParseUUIDPipe({ exceptionFactory }));
}
