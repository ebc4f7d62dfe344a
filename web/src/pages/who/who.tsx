import { useLocation } from 'preact-iso';
import { me } from '../../app/session.ts';
import { PathAnswer } from '../../parts/access/path-answer.tsx';
import { PathQuestion } from '../../parts/access/path-question.tsx';
import { words } from '../../words/en.ts';

/** Who reaches a path, and why. The path is in the address, so that it can be sent to somebody. */
export default function Who() {
  const { query } = useLocation();
  const { path, below } = query;
  return (
    <>
      <h1>{words.pages.who}</h1>
      <PathQuestion
        address="/ui/who"
        path={path ?? me.value?.home_paths[0] ?? ''}
        below={below === 'true'}
        hint={words.who.pathHint}
      />
      {path && me.value && <PathAnswer path={path} below={below === 'true'} viewer={me.value} />}
    </>
  );
}
