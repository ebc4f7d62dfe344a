import { useLocation } from 'preact-iso';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { me } from '../../app/session.ts';
import { fieldsOf } from '../../parts/forms/fields.ts';
import { type JsonSchema } from '../../parts/forms/schema.ts';
import { type Drafts, draftsOf, valuesOf, type Wrongs } from '../../parts/forms/values.ts';
import { words } from '../../words/en.ts';
import { AskForm } from './ask-form.tsx';
import { AskPlan } from './ask-plan.tsx';
import { bodyOf, firstFor, teamsFor } from './asked.ts';
import { planRun, requestRun } from './execute.ts';
import type { Offer } from './matching.ts';

interface Props {
  offer: Offer;
  /** A run whose parameters are used again. */
  earlier: Schema['RunDto'] | undefined;
}

const NONE: Wrongs = new Map();

/** Asks for a run: the form, then its plan, then the run. */
export function Ask({ offer: { provider, workflow }, earlier }: Props) {
  const { query, route } = useLocation();
  const fields = useMemo(() => fieldsOf(workflow.parameters as JsonSchema), [workflow]);
  const person = me.value;
  const teams = person ? teamsFor(person, provider.team) : [];
  const [whom, setWhom] = useState(() => firstFor(teams, earlier, query['team']));
  const [drafts, setDrafts] = useState<Drafts>(() => draftsOf(fields, (earlier?.parameters ?? {}) as never));
  const [wrongs, setWrongs] = useState<Wrongs>(NONE);
  const [plan, setPlan] = useState<Schema['RunPlanDto'] | undefined>();
  // one key for what was planned: asked for twice by a broken connection, it is one run
  const key = useRef('');
  const isPartial = whom.score.trim() !== '';
  const read = valuesOf(fields, drafts, { isPartial });
  const body = () => bodyOf(read.values, whom);
  const check = useAction(async () => {
    setPlan(await planRun(provider.name, workflow.name, body()));
    key.current = crypto.randomUUID();
  });
  const request = useAction(async () => {
    const { id } = await requestRun(provider.name, workflow.name, body(), key.current);
    route(`/ui/runs/of/${id}`);
  });
  if (teams.length === 0 && !person?.admin)
    return (
      <p class="empty card">
        {words.ask.noTeam} <a href="/ui/groups/joinable">{words.ask.join}</a>
      </p>
    );
  if (plan)
    return (
      <AskPlan
        {...{ plan, whom, request }}
        parameters={body().parameters ?? {}}
        onBack={() => {
          setPlan(undefined);
          request.forget();
        }}
      />
    );
  const submit = (): void => {
    const found = new Map(read.wrongs);
    if (whom.team.trim() === '') found.set(':team', words.ask.chooseTeam);
    setWrongs(found);
    check.forget();
    if (found.size === 0) check.run();
  };
  return (
    <AskForm
      {...{ fields, drafts, wrongs, whom, teams, check }}
      isTeamFixed={provider.team !== null}
      onDraft={(path, draft) => setDrafts((before) => ({ ...before, [path]: draft }))}
      onWhom={setWhom}
      onSubmit={submit}
    />
  );
}
