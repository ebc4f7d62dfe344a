import { useState } from 'preact/hooks';
import { api, ask } from '../../../api/client.ts';
import { all } from '../../../api/pages.ts';
import type { Schema } from '../../../api/schema.ts';
import { useAction } from '../../../api/use-action.ts';
import { useLoaded } from '../../../api/use-loaded.ts';
import { me } from '../../../app/session.ts';
import { Problem } from '../../../parts/problem.tsx';
import { PlannedSteps } from '../../../parts/runs/planned-steps.tsx';
import { Requirements } from '../../../parts/runs/requirements.tsx';
import { Time } from '../../../parts/time.tsx';
import { words } from '../../../words/en.ts';
import { Decisions } from './decisions.tsx';
import { Difference } from './difference.tsx';
import { OtherDecisions } from './other-decisions.tsx';

interface Props {
  run: Schema['RunDto'];
  approval: Schema['ApprovalDto'];
  onDone: () => void;
}

/** What people are asked about a run, with the plan; whoever is asked decides here. */
export function Approval({ run, approval, onDone }: Props) {
  const { id, team } = run;
  const { plan_digest: digest, decisions, difference } = approval;
  // the service knows who is asked; a group's members are not told to everybody
  const waiting = useLoaded(
    async () =>
      (
        await all((cursor) => ask(api.GET('/api/approvals', { params: { query: { cursor, limit: 500 } } })))
      ).some(({ run_id }) => run_id === id),
    [id, digest, decisions.length],
  );
  const isAsked = waiting.value === true;
  return (
    <section class="asks" aria-label={words.approvals.heading}>
      <h2>{words.approvals.heading}</h2>
      <p>
        {isAsked ? words.approvals.yours : words.approvals.notYours} {words.approvals.ends}{' '}
        <Time at={approval.expires_at} />.
      </p>
      <Requirements team={team} requirements={approval.requirements} />
      <Decisions decisions={decisions} />
      {difference && <Difference difference={difference} />}
      <h3>{words.runPlan.steps}</h3>
      <PlannedSteps steps={approval.plan} />
      {isAsked && <Approve {...{ id, digest, onDone }} />}
      {(isAsked || me.value?.admin) && (
        <OtherDecisions {...{ id, digest, onDone }} mayBypass={me.value?.admin === true} />
      )}
    </section>
  );
}

interface DecideProps {
  id: string;
  /** Of the plan that is shown: another one by then is refused. */
  digest: string;
  onDone: () => void;
}

function Approve({ id, digest, onDone }: DecideProps) {
  const [comment, setComment] = useState('');
  const approve = useAction(async () => {
    const text = comment.trim();
    const body = { plan_digest: digest, ...(text === '' ? {} : { comment: text }) };
    await ask(api.POST('/api/workflows/{id}/approve', { params: { path: { id } }, body }));
    onDone();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    approve.run();
  };
  return (
    <form class="stack decide" onSubmit={submit}>
      <label>
        {words.approvals.comment}
        <input maxLength={500} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
      </label>
      <p>
        <button type="submit" disabled={approve.isRunning}>
          {words.approvals.approve}
        </button>
      </p>
      {approve.refusal && <Problem error={approve.refusal} />}
    </form>
  );
}
