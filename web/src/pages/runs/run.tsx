import { useRoute } from 'preact-iso';
import type { Schema } from '../../api/schema.ts';
import { me } from '../../app/session.ts';
import { Coded } from '../../parts/coded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Named } from '../../parts/runs/named.tsx';
import { isInCharge } from '../../parts/runs/in-charge.ts';
import { Resources } from '../../parts/runs/resources.tsx';
import { RunState } from '../../parts/runs/run-state.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { Approval } from './approval/approval.tsx';
import { Details } from './details.tsx';
import type { Seen } from './following/follow.ts';
import { Happened } from './happened.tsx';
import { RunActions } from './run-actions.tsx';
import { Steps } from './steps/steps.tsx';
import { useRun } from './following/use-run.ts';

/** One run: how far it is, what it made, and what may be done with it. It is followed while it is shown. */
export default function RunPage() {
  const { id = '' } = useRoute().params;
  const { run, lines, refusal, isAtRest, again } = useRun(id);
  if (!run) {
    if (refusal) return <Problem error={refusal} retry={again} />;
    return (
      <p class="faint" role="status">
        {words.loading}
      </p>
    );
  }
  const open = run.approvals.find(({ state }) => state === 'open');
  // before, the plan that people are asked about says more
  const hasBegun = run.steps.some(({ status }) => status !== 'waiting');
  return (
    <>
      <h1>{run.workflow}</h1>
      <Head {...{ run, isAtRest }} />
      {refusal && (
        <p class="problem" role="status">
          {words.run.lost}
        </p>
      )}
      {run.error !== null && (
        <p class="problem">
          <Coded text={run.error} />
        </p>
      )}
      {isInCharge(run, me.value) && <RunActions run={run} isAtRest={isAtRest} onDone={again} />}
      {open && <Approval run={run} approval={open} onDone={again} />}
      {(open === undefined || hasBegun) && (
        <section>
          <h2>{words.run.steps}</h2>
          <Steps steps={run.steps} />
        </section>
      )}
      {run.outputs !== null && Object.keys(run.outputs).length > 0 && (
        <section>
          <h2>{words.run.outputs}</h2>
          <Named values={run.outputs} />
        </section>
      )}
      {run.resources.length > 0 && (
        <section>
          <h2>{words.runPlan.resources}</h2>
          <Resources resources={run.resources} />
        </section>
      )}
      <Happened lines={lines} isAtRest={isAtRest} />
      <Details run={run} isAtRest={isAtRest} />
    </>
  );
}

/** Whether the undo of a run is under way. */
function isUndoing({ status, steps }: Schema['RunDto'], isAtRest: boolean): boolean {
  const hasEnded = ['completed', 'failed', 'cancelled'].includes(status);
  return hasEnded && !isAtRest && steps.some((step) => ['undoing', 'undone'].includes(step.status));
}

function Head({ run, isAtRest }: { run: Schema['RunDto'] } & Pick<Seen, 'isAtRest'>) {
  const { requested_by: by, team, event, created_at: at, ended_at: ended } = run;
  return (
    <p>
      <span role="status">
        <RunState run={run} isUndoing={isUndoing(run, isAtRest)} />
      </span>{' '}
      {event === null ? words.run.askedBy(by, team) : words.run.startedBy(event, team)}, <Time at={at} />
      {ended !== null && (
        <>
          , {words.run.ended} <Time at={ended} />
        </>
      )}
    </p>
  );
}
