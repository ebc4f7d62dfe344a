import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import type { Ending } from '../../parts/access/endings.ts';
import { EndAccess } from '../../parts/access/end-access.tsx';
import { Reasons } from '../../parts/access/reasons.tsx';
import { Loading } from '../../parts/loading.tsx';
import { NameField } from '../../parts/names/name-field.tsx';
import { words } from '../../words/en.ts';

const ACTIONS = ['read', 'write', 'list', 'delete'] as const;
const TAGS = { true: 'tag good', false: 'tag bad', perhaps: 'tag warn' };

interface Asked {
  user: string;
  path: string;
  action: (typeof ACTIONS)[number];
  group: string;
}

/** What MinIO would answer a user, also as a member of one more group. */
export function Check() {
  const { query } = useLocation();
  const action = ACTIONS.find((each) => each === query['action']) ?? 'read';
  const { user = '', path = '', with_group: group = '' } = query;
  const asked = { user, path, action, group };
  return (
    <>
      <Question {...asked} />
      {user === '' || path === '' ? <p class="empty">{words.explorer.startCheck}</p> : <Answer {...asked} />}
    </>
  );
}

function Question(asked: Asked) {
  const { route } = useLocation();
  const [form, setForm] = useState(asked);
  useEffect(() => setForm(asked), [asked.user, asked.path, asked.action, asked.group]);
  const change = (name: keyof Asked) => (value: string) => setForm({ ...form, [name]: value });
  const submit = (event: Event): void => {
    event.preventDefault();
    const { user, path, action, group } = form;
    const query = new URLSearchParams({ user: user.trim(), path: path.trim(), action });
    if (group.trim() !== '') query.set('with_group', group.trim());
    route(`/ui/admin/access/check?${query.toString()}`);
  };
  return (
    <form class="card stack" onSubmit={submit}>
      <NameField
        label={words.explorer.user}
        value={form.user}
        onChange={change('user')}
        kind="user"
        required
      />
      <label>
        {words.explorer.action}
        <select value={form.action} onChange={(event) => change('action')(event.currentTarget.value)}>
          {ACTIONS.map((each) => (
            <option key={each} value={each}>
              {words.explorer.actions[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.who.path}
        <input required value={form.path} onInput={(event) => change('path')(event.currentTarget.value)} />
      </label>
      <p class="hint">{words.explorer.pathHint}</p>
      <NameField
        label={words.explorer.withGroup}
        value={form.group}
        onChange={change('group')}
        kind="group"
      />
      <p>
        <button type="submit">{words.explorer.ask}</button>
      </p>
    </form>
  );
}

function Answer({ user, path, action, group }: Asked) {
  const [ending, setEnding] = useState<Ending | undefined>();
  const query = { user, path, action, ...(group === '' ? {} : { with_group: group }) };
  const check = useLoaded(
    () => ask(api.GET('/access/check', { params: { query } })),
    [user, path, action, group],
  );
  const close = (): void => {
    setEnding(undefined);
    check.reload();
  };
  return (
    <section>
      <Loading from={check}>
        {({ allowed, because }) => {
          const answer = String(allowed) as keyof typeof TAGS;
          return (
            <>
              <p role="status">
                <span class={TAGS[answer]}>{words.explorer.answers[answer]}</span>{' '}
                {words.explorer.answerHints[answer]}
              </p>
              {me.value && <Reasons because={because} viewer={me.value} onEnd={setEnding} />}
              <Statements because={because} />
            </>
          );
        }}
      </Loading>
      {ending && <EndAccess ending={ending} onClose={close} />}
    </section>
  );
}

/** Which lines of which documents MinIO decides by. */
function Statements({ because }: { because: readonly Schema['BecauseDto'][] }) {
  return (
    <>
      {because.map(
        ({ statement }) =>
          statement && (
            <details key={`${statement.policy_name} ${statement.index}`}>
              <summary>{words.explorer.statement(String(statement.index), statement.policy_name)}</summary>
              {statement.document && (
                <pre tabIndex={0} aria-label={statement.policy_name}>
                  {JSON.stringify(statement.document, null, 2)}
                </pre>
              )}
            </details>
          ),
      )}
    </>
  );
}
