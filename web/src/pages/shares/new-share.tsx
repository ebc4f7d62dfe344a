import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { me } from '../../app/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Results } from '../../parts/shares/results.tsx';
import { words } from '../../words/en.ts';
import { ShareFields } from './share-fields.tsx';
import { requestOf, type ShareForm } from './share-form.ts';

const EMPTY: ShareForm = {
  path: '',
  users: '',
  groups: '',
  permission: 'read',
  until: '',
  reason: '',
  awaitLogin: true,
};

/** A new share: filled in, shown as what it changes, then made. */
export function NewShare({ user, onClose }: { user: string; onClose: () => void }) {
  const [form, setForm] = useState<ShareForm>({ ...EMPTY, path: me.value?.home_paths[0] ?? '' });
  const [plan, setPlan] = useState<Schema['PlannedChangeDto'][] | undefined>();
  const [result, setResult] = useState<Schema['ShareResultDto'] | undefined>();
  const share = (dry_run: boolean) =>
    ask(
      api.POST('/users/{user}/share', {
        params: { path: { user }, query: { dry_run } },
        body: requestOf(form),
      }),
    );
  const check = useAction(async () => setPlan(planOf(await share(true))));
  const make = useAction(async () => setResult((await share(false)) as Schema['ShareResultDto']));
  if (result)
    return (
      <Dialog title={words.shares.make} onClose={onClose}>
        <Results result={result} />
      </Dialog>
    );
  const submit = (event: Event): void => {
    event.preventDefault();
    check.run();
  };
  return (
    <Dialog title={words.shares.make} onClose={onClose}>
      {plan ? (
        <>
          <Plan changes={plan} />
          <p class="row">
            <button type="button" disabled={make.isRunning} onClick={() => make.run()}>
              {words.shares.makeNow}
            </button>
            <button type="button" class="quiet" onClick={() => setPlan(undefined)}>
              {words.back}
            </button>
          </p>
          {make.refusal && <Problem error={make.refusal} />}
        </>
      ) : (
        <form class="stack" onSubmit={submit}>
          <ShareFields user={user} form={form} onChange={setForm} />
          <p>
            <button type="submit" disabled={check.isRunning}>
              {words.shares.check}
            </button>
          </p>
          {check.refusal && <Problem error={check.refusal} />}
        </form>
      )}
    </Dialog>
  );
}
