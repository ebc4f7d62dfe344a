import { Injectable } from '@nestjs/common';
import type { LeftResource } from '../../documents/expand/snapshot.js';
import type { OfferedType } from '../../documents/score/resolve-type.js';
import { type PlannedResource, planResources } from '../../documents/score/plan-resources.js';
import type { WantedResource } from '../../documents/score/wanted-resources.js';
import { SCORE_FILE, scoreProblem } from '../requests/given-parameters.js';
import { ResourceStates } from '../resources/resource-states.js';
import type { ExpectedResource } from '../runs/runs.store.js';

/** What a run does with the resources of a Score file, and what it takes for granted. */
export interface ScorePlan {
  planned: PlannedResource[];
  /** How each resource was when that was decided. */
  expected: ExpectedResource[];
  /** The resources of the application that the file no longer has. */
  left: LeftResource[];
}

/** Looks at which resources of a Score file are there, and what is to be done with each. */
@Injectable()
export class ScoreResources {
  constructor(private readonly states: ResourceStates) {}

  /** Throws `score_invalid`, with file, line and column. */
  async plan(
    score: { text: string; app: string; team_id: string },
    wanted: readonly WantedResource[],
    offered: readonly OfferedType[],
  ): Promise<ScorePlan> {
    const keys = wanted.map(({ key }) => key);
    const left = await this.states.left(score.team_id, score.app, keys);
    if (wanted.length === 0) return { planned: [], expected: [], left };
    const present = await this.states.known(score.team_id, keys);
    const { value, errors } = planResources({ file: SCORE_FILE, ...score }, wanted, present, offered);
    if (!value) throw scoreProblem(errors);
    const expected = keys.map((key) => {
      const { id = null, last_run_id = null } = present.get(key) ?? {};
      return { key, resource_id: id, last_run_id };
    });
    return { planned: value, expected, left };
  }
}
