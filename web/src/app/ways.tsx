import { useState } from 'preact/hooks';
import { useAction } from '../api/use-action.ts';
import { Problem } from '../parts/problem.tsx';
import { words } from '../words/en.ts';
import { logIn, loginAddress, type LoginWay, me, ways } from './session.ts';

interface Props {
  /** The person logs in once more: with the demo, only as themself. */
  isAgain?: boolean;
  onDone?: () => void;
}

/** The ways to log in that the service offers, the usual one first. */
export function Ways({ isAgain = false, onDone }: Props) {
  const login = useAction(async (way: 'token' | 'kbase' | 'demo', body: Record<string, string>) => {
    await logIn(way, body);
    onDone?.();
  });
  const offered = ways.value;
  return (
    <div class="ways">
      {offered.length === 0 && <p>{words.login.noWay}</p>}
      {offered.map((way) => (
        <Way key={way.way} way={way} isAgain={isAgain} logIn={login.run} />
      ))}
      {login.refusal && <Problem error={login.refusal} />}
    </div>
  );
}

interface WayProps {
  way: LoginWay;
  isAgain: boolean;
  logIn: (way: 'token' | 'kbase' | 'demo', body: Record<string, string>) => void;
}

function Way({ way, isAgain, logIn }: WayProps) {
  if (way.url !== undefined) {
    const here = location.pathname + location.search;
    const title = way.way === 'jupyterhub' ? words.login.jupyterhub : words.login.oidc;
    return (
      <a class="button" href={loginAddress(way.url, here, isAgain)}>
        {title}
      </a>
    );
  }
  if (way.way === 'kbase')
    return (
      <button type="button" onClick={() => logIn('kbase', {})}>
        {words.login.kbase}
      </button>
    );
  if (way.way === 'demo') {
    const people = (way.people ?? []).filter((name) => !isAgain || name === me.value?.user_name);
    return (
      <>
        {people.map((name) => (
          <button key={name} type="button" onClick={() => logIn('demo', { user_name: name })}>
            {words.login.as(name)}
          </button>
        ))}
      </>
    );
  }
  return <TokenForm logIn={(token) => logIn('token', { token })} />;
}

/** The token is in this form alone, and leaves with it. */
function TokenForm({ logIn }: { logIn: (token: string) => void }) {
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    logIn(token.trim());
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label>
        {words.login.token}
        <input
          type="password"
          autocomplete="off"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <p class="hint">{words.login.tokenHint}</p>
      <button type="submit">{words.login.tokenSubmit}</button>
    </form>
  );
}
