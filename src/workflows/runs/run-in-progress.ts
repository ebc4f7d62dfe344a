import { Problem } from '../../common/problems/problem.js';

/** Another active run stands in the way of a new one. */
export class RunInProgress extends Problem {
  constructor(
    readonly runId: string,
    what = 'A run of this workflow',
  ) {
    super('run_in_progress', `${what} is in progress for the team: see \`Location\``);
  }
}
