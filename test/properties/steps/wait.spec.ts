import { type ProvisionResult, type RunContext, Wait } from '../../../src/provisioning/kinds/kind.js';
import { WaitKind } from '../../../src/steps/control/wait.kind.js';

/** One attempt of a step, with what the attempts before have saved. */
async function attempt(seconds: number, saved: ProvisionResult | null) {
  let kept = saved;
  const save = (result: ProvisionResult): Promise<void> => {
    kept = result;
    return Promise.resolve();
  };
  const outcome = await new WaitKind().apply({ seconds }, { saved, save } as RunContext);
  return { outcome, kept };
}

describe('a step that waits', () => {
  it('has an end that no later attempt moves', async () => {
    const first = await attempt(60, null);
    expect(first.outcome).toBeInstanceOf(Wait);
    expect((first.outcome as Wait).atMostMs).toBeGreaterThan(59_000);
    const until = new Date(Date.now() + 5000).toISOString();
    const later = await attempt(60, { operations: [], until });
    expect((later.outcome as Wait).atMostMs).toBeLessThanOrEqual(5000);
    expect(later.kept).toEqual({ operations: [], until });
  });

  it('is done when its time is over', async () => {
    const saved = { operations: [], until: new Date(Date.now() - 1).toISOString() };
    expect((await attempt(60, saved)).outcome).toEqual(saved);
  });
});
