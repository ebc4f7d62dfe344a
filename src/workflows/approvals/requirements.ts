import type { JsonObject } from '../../documents/model.js';
import type { Requirement } from '../../governance/judge.js';
import type { Approval, Decision } from './approvals.store.js';

/** What an `approval` step asks for. Its input is checked, with defaults. */
export function stepRequirement(step: string, input: JsonObject): Requirement {
  const { from, count, message, expires_in_seconds: expires } = input;
  return {
    rule: `step ${step}`,
    from: typeof from === 'string' ? from : null,
    count: Number(count),
    message: typeof message === 'string' ? message : null,
    expires_in_seconds: Number(expires),
  };
}

/** Whether people have approved what is required. A rule that asks for more by now is not met. */
export function isMet({ rule, from, count }: Requirement, approved: readonly Approval[]): boolean {
  return approved.some(({ requirements }) =>
    requirements.some((each) => each.rule === rule && each.from === from && each.count >= count),
  );
}

/** How many more people each requirement needs, in their order. */
export function missing(requirements: readonly Requirement[], decisions: readonly Decision[]): number[] {
  if (decisions.some(({ decision }) => decision === 'bypass')) return requirements.map(() => 0);
  return requirements.map(({ count }, index) => {
    const given = decisions.filter(
      (each) => each.decision === 'approve' && each.requirements.includes(index),
    );
    return Math.max(count - given.length, 0);
  });
}
