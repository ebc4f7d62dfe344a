import { useState } from 'preact/hooks';
import { api, ask } from '../../../api/client.ts';
import type { Schema } from '../../../api/schema.ts';
import { useAction } from '../../../api/use-action.ts';
import { me } from '../../../app/session.ts';
import { Problem } from '../../../parts/problem.tsx';
import { words } from '../../../words/en.ts';
import { Issued } from '../../../parts/keys/issued.tsx';

/** An access key that waits for this person. Its secret is made by the claim, and is in the memory of this page alone. */
export function Claim({ step: { outputs, provision_id: id, status } }: { step: Schema['RunStepDto'] }) {
  const [key, setKey] = useState<Schema['IssuedAccessKeyDto'] | undefined>();
  const claim = useAction(async () => {
    if (id !== null) setKey(await ask(api.POST('/provisions/{id}/claim', { params: { path: { id } } })));
  });
  const person = me.value;
  if (!person || status !== 'completed' || claimantOf(outputs) !== person.user_name) return null;
  const { endpoint, region, home_path: home } = person;
  const target = { endpoint, region, home: home ?? '' };
  if (key) return <Issued keys={key} target={target} onForget={() => setKey(undefined)} />;
  return (
    <>
      <p>{words.run.claimHint}</p>
      <p>
        <button type="button" disabled={claim.isRunning} onClick={() => claim.run()}>
          {words.run.claim}
        </button>
      </p>
      {claim.refusal && <Problem error={claim.refusal} />}
    </>
  );
}

/** Who may claim what a step offers. */
function claimantOf(outputs: Record<string, unknown>): unknown {
  const { claim } = (outputs['delivered'] ?? {}) as Record<string, unknown>;
  return ((claim ?? {}) as Record<string, unknown>)['to'];
}
