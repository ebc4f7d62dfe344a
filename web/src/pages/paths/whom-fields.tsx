import { useId } from 'preact/hooks';
import type { Wrongs } from '../../parts/forms/values.ts';
import { Coded } from '../../parts/coded.tsx';
import { words } from '../../words/en.ts';
import type { ForWhom } from './asked.ts';
import { me } from '../../app/session.ts';

interface Props {
  whom: ForWhom;
  teams: readonly string[];
  /** The workflow is a team's own. */
  isFixed: boolean;
  wrongs: Wrongs;
  onChange: (whom: ForWhom) => void;
}

/** For which group a run is, and for which application. */
export function WhomFields({ whom, teams, isFixed, wrongs, onChange }: Props) {
  const id = useId();
  const marks = (name: string) => ({
    'aria-invalid': wrongs.has(`:${name}`),
    'aria-describedby': `${id}-${name}-hint${wrongs.has(`:${name}`) ? ` ${id}-${name}` : ''}`,
  });
  const team = {
    ...{ value: whom.team, name: 'team', 'aria-required': true, ...marks('team') },
    onInput: (event: { currentTarget: { value: string } }) =>
      onChange({ ...whom, team: event.currentTarget.value }),
  };
  // an administrator may name any group
  const isFree = me.value?.admin === true && !isFixed;
  return (
    <>
      <div class="field">
        <label for={`${id}-t`}>{words.ask.team}</label>
        {isFree ? (
          <>
            <input id={`${id}-t`} list={`${id}-teams`} autocomplete="off" {...team} />
            <datalist id={`${id}-teams`}>
              {teams.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          </>
        ) : (
          <select id={`${id}-t`} {...team}>
            {teams.length !== 1 && <option value="">{words.ask.chooseTeam}</option>}
            {teams.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        )}
        <Below id={`${id}-team`} hint={words.ask.teamHint} wrong={wrongs.get(':team')} />
      </div>
      <div class="field">
        <label for={`${id}-a`}>
          {words.ask.application} <span class="faint">{words.forms.optional}</span>
        </label>
        <input
          id={`${id}-a`}
          autocomplete="off"
          value={whom.application}
          {...marks('application')}
          onInput={(event) => onChange({ ...whom, application: event.currentTarget.value })}
        />
        <Below id={`${id}-application`} hint={words.ask.applicationHint} wrong={wrongs.get(':application')} />
      </div>
    </>
  );
}

function Below({ id, hint, wrong }: { id: string; hint: string; wrong: string | undefined }) {
  return (
    <>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {wrong !== undefined && (
        <p class="wrong" id={id}>
          <Coded text={wrong} />
        </p>
      )}
    </>
  );
}
