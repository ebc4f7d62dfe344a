import { useEffect, useRef } from 'preact/hooks';
import type { Refusal } from '../../api/refusal.ts';
import type { Schema } from '../../api/schema.ts';
import type { Action } from '../../api/use-action.ts';
import { Problem } from '../../parts/problem.tsx';
import { Named } from '../../parts/runs/named.tsx';
import { PlannedSteps } from '../../parts/runs/planned-steps.tsx';
import { Requirements } from '../../parts/runs/requirements.tsx';
import { Resources } from '../../parts/runs/resources.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';
import type { ForWhom } from './asked.ts';

interface Props {
  plan: Schema['RunPlanDto'];
  whom: ForWhom;
  parameters: Record<string, unknown>;
  request: Action<[]>;
  onBack: () => void;
}

/** What the run would do, who must approve it, and the button that asks for it. */
export function AskPlan({ plan, whom: { team }, parameters, request, onBack }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const waits = plan.approvals_needed.length > 0;
  return (
    <>
      <section>
        <h2 ref={heading} tabIndex={-1}>
          {words.runPlan.title}
        </h2>
        <p class="hint">{words.ask.nothingYet}</p>
        <PlannedSteps steps={plan.plan} byWorker={plan.planned_by_worker} />
      </section>
      {plan.resources.length > 0 && (
        <section>
          <h2>{words.runPlan.resources}</h2>
          <Resources resources={plan.resources} />
        </section>
      )}
      <div class="cards">
        <section>
          <h2>{words.runPlan.approvals}</h2>
          <Requirements team={team} requirements={plan.approvals_needed} />
          <Rules rules={plan.rules} />
        </section>
        <Quota quota={plan.quota} />
        <section>
          <h2>{words.ask.parameters}</h2>
          <Named values={parameters} />
        </section>
      </div>
      {request.refusal && <Refused refusal={request.refusal} />}
      <p class="row">
        <button type="button" disabled={request.isRunning} onClick={() => request.run()}>
          {waits ? words.ask.requestAndWait : words.ask.request}
        </button>
        <button type="button" class="quiet" disabled={request.isRunning} onClick={onBack}>
          {words.ask.change}
        </button>
      </p>
    </>
  );
}

/** Why it was refused; another run of the same is shown. */
function Refused({ refusal }: { refusal: Refusal }) {
  const id = /^\/api\/workflows\/([\w-]+)$/.exec(refusal.location ?? '')?.[1];
  return (
    <>
      <Problem error={refusal} />
      {id !== undefined && (
        <p>
          <a href={`/ui/runs/of/${id}`}>{words.ask.inTheWay}</a>
        </p>
      )}
    </>
  );
}

/** Rules that fired and ask for nothing more than what stands above are left out. */
function Rules({ rules }: { rules: readonly Schema['FiredRuleDto'][] }) {
  const denied = rules.filter(({ then }) => then === 'deny');
  if (denied.length === 0) return null;
  return (
    <ul>
      {denied.map(({ rule, message }) => (
        <li key={rule}>{message ?? rule}</li>
      ))}
    </ul>
  );
}

/** The limits that the run adds to. */
function Quota({ quota }: { quota: readonly Schema['QuotaDto'][] }) {
  const asked = quota.filter((each) => each.asked > 0);
  if (asked.length === 0) return null;
  return (
    <section>
      <h2>{words.runPlan.quota}</h2>
      <ul class="plain-list">
        {asked.map(({ limit, used, asked: more, allowed }) => (
          <li key={limit}>
            {words.runPlan.quotaOf(limit, formatNumber(used), formatNumber(more), formatNumber(allowed))}{' '}
            {used + more > allowed && <span class="tag bad">{words.runPlan.over}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
