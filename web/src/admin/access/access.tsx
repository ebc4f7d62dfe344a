import { useLocation, useRoute } from 'preact-iso';
import { me } from '../../app/session.ts';
import { PathAnswer } from '../../parts/access/path-answer.tsx';
import { PathQuestion } from '../../parts/access/path-question.tsx';
import { UserAnswer } from '../../parts/access/user-answer.tsx';
import { words } from '../../words/en.ts';
import { Check } from './check.tsx';
import { UserQuestion } from './user-question.tsx';

const TABS = [
  { path: '/ui/admin/access', title: words.explorer.byPath },
  { path: '/ui/admin/access/user', title: words.explorer.byUser },
  { path: '/ui/admin/access/check', title: words.explorer.check },
];

/** Who reaches what, and what would be. Each question is in the address. */
export default function Access() {
  const { path } = useRoute();
  return (
    <>
      <h1>{words.pages.access}</h1>
      <p class="row">
        {TABS.map((tab) => (
          <a key={tab.path} href={tab.path} aria-current={path === tab.path ? 'page' : undefined}>
            {tab.title}
          </a>
        ))}
      </p>
      {path === TABS[0]?.path && <ByPath />}
      {path === TABS[1]?.path && <ByUser />}
      {path === TABS[2]?.path && <Check />}
    </>
  );
}

function ByPath() {
  const { path = '', below } = useLocation().query;
  return (
    <>
      <PathQuestion
        address="/ui/admin/access"
        path={path}
        below={path === '' || below === 'true'}
        hint={words.explorer.pathHint}
      />
      {path === '' && <p class="empty">{words.explorer.start}</p>}
      {path !== '' && me.value && <PathAnswer path={path} below={below === 'true'} viewer={me.value} />}
    </>
  );
}

function ByUser() {
  const { user = '' } = useLocation().query;
  return (
    <>
      <UserQuestion user={user} />
      {user === '' && <p class="empty">{words.explorer.startUser}</p>}
      {user !== '' && me.value && <UserAnswer user={user} viewer={me.value} />}
    </>
  );
}
