import { useEffect, useState } from 'preact/hooks';
import { me } from '../../app/session.ts';
import { words } from '../../words/en.ts';
import { Issue } from './issue.tsx';
import { Issued, type IssuedKeys } from '../../parts/keys/issued.tsx';
import { Snippets } from './tools.tsx';

/** Credentials on a click, and how programs use them. Secrets are in this page's memory alone, until somebody leaves it. */
export default function Connect() {
  const [issued, setIssued] = useState<IssuedKeys | undefined>();
  useEffect(() => () => setIssued(undefined), []);
  const person = me.value;
  const home = person?.home_paths[0];
  if (!person || home === undefined) return <p class="empty">{words.home.noHome}</p>;
  const target = { endpoint: person.endpoint, region: person.region, home };
  return (
    <>
      <h1>{words.connect.title}</h1>
      <p>{words.connect.intro}</p>
      {issued ? (
        <Issued keys={issued} target={target} onForget={() => setIssued(undefined)} />
      ) : (
        <Issue user={person.user_name} onIssued={setIssued} />
      )}
      <Snippets target={target} />
    </>
  );
}
