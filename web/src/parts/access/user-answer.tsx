import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { usePaged } from '../../api/use-paged.ts';
import { List } from '../list.tsx';
import { pathAddress } from '../names/links.tsx';
import { words } from '../../words/en.ts';
import type { Ending, Viewer } from './endings.ts';
import { EndAccess } from './end-access.tsx';
import { Reasons } from './reasons.tsx';

/** Every path that a user reaches, and why. */
export function UserAnswer({ user, viewer }: { user: string; viewer: Viewer }) {
  const [ending, setEnding] = useState<Ending | undefined>();
  const reached = usePaged(
    (cursor) => ask(api.GET('/users/{user}/access', { params: { path: { user }, query: { cursor } } })),
    [user],
  );
  const close = (): void => {
    setEnding(undefined);
    reached.reload();
  };
  return (
    <section>
      <h2>{words.explorer.byUser}</h2>
      <List
        from={reached}
        caption={words.explorer.byUser}
        keyOf={({ path }) => path}
        empty={words.explorer.reachesNothing}
        columns={[
          { title: words.shares.path, cell: ({ path }) => <PathLink path={path} /> },
          { title: words.shares.may, cell: ({ permission }) => words.levels[permission] },
          {
            title: words.who.why,
            cell: ({ because }) => <Reasons {...{ because, viewer }} onEnd={setEnding} />,
          },
        ]}
      />
      {ending && <EndAccess ending={ending} onClose={close} />}
    </section>
  );
}

/** Leads to who reaches the path; a place with the wildcards of a foreign policy cannot be asked about. */
function PathLink({ path }: { path: string }) {
  const text = <code>{path}</code>;
  if (/[*?$]/.test(path)) return text;
  return <a href={pathAddress(path)}>{text}</a>;
}
