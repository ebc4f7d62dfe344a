import { words } from '../words/en.ts';
import { loginError } from './session.ts';
import { Ways } from './ways.tsx';

/** What a visitor sees who is not logged in. */
export function Login() {
  return (
    <main class="alone card">
      <h1>{words.product}</h1>
      <p>{words.login.intro}</p>
      {loginError !== null && (
        <p class="problem" role="alert">
          {words.login.errors[loginError] ?? words.login.failed(loginError)}
        </p>
      )}
      <Ways />
    </main>
  );
}
