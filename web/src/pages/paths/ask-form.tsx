import { useEffect, useRef } from 'preact/hooks';
import type { Action } from '../../api/use-action.ts';
import { me } from '../../app/session.ts';
import type { Field } from '../../parts/forms/fields.ts';
import { FormField } from '../../parts/forms/form-field.tsx';
import { refusedAt } from '../../parts/forms/refused.ts';
import type { Drafts, Wrongs } from '../../parts/forms/values.ts';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';
import type { ForWhom } from './asked.ts';
import { ScoreFile } from './score-file.tsx';
import { WhomFields } from './whom-fields.tsx';

interface Props {
  fields: readonly Field[];
  drafts: Drafts;
  /** What is wrong before the service is asked. */
  wrongs: Wrongs;
  whom: ForWhom;
  teams: readonly string[];
  isTeamFixed: boolean;
  /** The request for the plan. */
  check: Action<[]>;
  onDraft: (path: string, draft: Drafts[string]) => void;
  onWhom: (whom: ForWhom) => void;
  onSubmit: () => void;
}

/** Beside the parameters. */
const NAMES = ['team', 'application'];

/** What a run is asked for with. What the service refuses stands at its field. */
export function AskForm({ fields, drafts, whom, check, onDraft, onWhom, onSubmit, ...props }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const refused = refusedAt(check.refusal?.errors ?? [], fields, NAMES);
  const wrongs: Wrongs = new Map([...refused.wrongs, ...props.wrongs]);
  // whoever cannot see the marks is taken to the first of them
  useEffect(() => {
    if (wrongs.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [props.wrongs, check.refusal]);
  const submit = (event: Event): void => {
    event.preventDefault();
    onSubmit();
  };
  const asker = { team: whom.team, requester: me.value?.user_name ?? '', app: whom.application };
  return (
    <form ref={form} noValidate onSubmit={submit}>
      <section>
        <h2>{words.ask.forWhom}</h2>
        <WhomFields {...{ whom, wrongs }} teams={props.teams} isFixed={props.isTeamFixed} onChange={onWhom} />
      </section>
      <section>
        <h2>{words.ask.parameters}</h2>
        {fields.length === 0 && <p class="faint">{words.ask.noParameters}</p>}
        {fields.map((field) => (
          <FormField key={field.path} {...{ field, drafts, wrongs, asker }} onChange={onDraft} />
        ))}
      </section>
      <ScoreFile text={whom.score} onChange={(score) => onWhom({ ...whom, score })} />
      {check.refusal && (wrongs.size === 0 || refused.others.length > 0) && <Problem error={check.refusal} />}
      {wrongs.size > 0 && (
        <p class="wrong" role="alert">
          {words.forms.check}
        </p>
      )}
      <p class="row">
        <button type="submit" disabled={check.isRunning}>
          {words.ask.plan}
        </button>
        {check.isRunning && (
          <span class="faint" role="status">
            {words.ask.planning}
          </span>
        )}
      </p>
    </form>
  );
}
