import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';
import type { IssuedKeys } from '../../parts/keys/issued.tsx';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** How long an access key may be asked for, in seconds; the service may allow less. */
const KEY_SECONDS = [7 * DAY, 30 * DAY, 90 * DAY];

interface Props {
  user: string;
  onIssued: (keys: IssuedKeys) => void;
}

/** The two kinds of credentials that a person makes for programs. */
export function Issue({ user, onIssued }: Props) {
  return (
    <div class="cards">
      <Temporary user={user} onIssued={onIssued} />
      <AccessKey user={user} onIssued={onIssued} />
    </div>
  );
}

function Temporary({ user, onIssued }: Props) {
  const issue = useAction(async () => {
    onIssued(await ask(api.POST('/users/{user}/sessions', { params: { path: { user } }, body: {} })));
  });
  return (
    <section>
      <h2>{words.connect.temporary}</h2>
      <p>{words.connect.temporaryHint}</p>
      <button type="button" disabled={issue.isRunning} onClick={() => issue.run()}>
        {words.connect.makeTemporary}
      </button>
      {issue.refusal && <Problem error={issue.refusal} />}
    </section>
  );
}

function AccessKey({ user, onIssued }: Props) {
  const [name, setName] = useState('');
  const [seconds, setSeconds] = useState(KEY_SECONDS[1] ?? DAY);
  const issue = useAction(async () => {
    const body = { name: name.trim(), expires_in_seconds: seconds };
    onIssued(await ask(api.POST('/users/{user}/access-keys', { params: { path: { user } }, body })));
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    issue.run();
  };
  return (
    <section>
      <h2>{words.connect.key}</h2>
      <p>{words.connect.keyHint}</p>
      <form class="stack" onSubmit={submit}>
        <label>
          {words.connect.keyName}
          <input required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {words.connect.keyEnds}
          <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
            {KEY_SECONDS.map((each) => (
              <option key={each} value={each}>
                {words.connect.days(each / DAY)}
              </option>
            ))}
          </select>
        </label>
        <p>
          <button type="submit" disabled={issue.isRunning}>
            {words.connect.makeKey}
          </button>
        </p>
        {issue.refusal && <Problem error={issue.refusal} />}
      </form>
    </section>
  );
}
