import { ErrorBoundary, LocationProvider, Route, Router } from 'preact-iso';
import { Again } from './again.tsx';
import { Frame } from './frame.tsx';
import { Login } from './login.tsx';
import { ROUTES } from './routes.tsx';
import { loadSession, me, session, startProblem } from './session.ts';
import { Problem } from '../parts/problem.tsx';
import { words } from '../words/en.ts';

/** Addresses that the router takes: below `/ui/login/` the service itself answers, and leads elsewhere. */
const OF_THE_PAGE = /^\/ui\/(?!login\/)/;

/** The page: the login, or the frame with the page of the address. */
export function App() {
  if (startProblem.value !== undefined)
    return (
      <main class="alone">
        <Problem error={startProblem.value} retry={() => void loadSession()} />
      </main>
    );
  if (session.value === undefined) return <p class="alone">{words.loading}</p>;
  if (session.value === null) return <Login />;
  return (
    <LocationProvider scope={OF_THE_PAGE}>
      <Frame>
        <ErrorBoundary>
          <Router>
            {ROUTES.filter(({ isAdmin }) => !isAdmin || me.value?.admin).map(({ path, page }) => (
              <Route key={path} path={path} component={page} />
            ))}
            <Route default component={NotFound} />
          </Router>
        </ErrorBoundary>
      </Frame>
      <Again />
    </LocationProvider>
  );
}

function NotFound() {
  return (
    <>
      <h1>{words.notFound}</h1>
      <p>
        <a href="/ui/">{words.toHome}</a>
      </p>
    </>
  );
}
