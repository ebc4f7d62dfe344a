import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { usePaged } from '../../api/use-paged.ts';
import type { Ending, Viewer } from './endings.ts';
import { EndAccess } from './end-access.tsx';
import { Picture } from './picture.tsx';
import { Reachers } from './reachers.tsx';
import { Counts } from './counts.tsx';

interface Props {
  path: string;
  below: boolean;
  viewer: Viewer;
}

/** Who reaches a path, and why: a picture and the same as a table. */
export function PathAnswer({ path, below, viewer }: Props) {
  const [ending, setEnding] = useState<Ending | undefined>();
  const reachers = usePaged(
    async (cursor) => {
      const query = { path, below, cursor, expand: 'group' as const };
      const { principals, next_cursor } = await ask(api.GET('/access', { params: { query } }));
      return { items: principals, next_cursor };
    },
    [path, below],
  );
  const close = (): void => {
    setEnding(undefined);
    reachers.reload();
  };
  const { items = [], more } = reachers;
  return (
    <section>
      <h2>
        <code>{path}</code>
      </h2>
      {items.length > 0 && (
        <>
          {viewer.admin && <Counts reachers={items} isAll={more === undefined} />}
          <Picture path={path} reachers={items} />
        </>
      )}
      <Reachers from={reachers} viewer={viewer} onEnd={setEnding} />
      {ending && <EndAccess ending={ending} onClose={close} />}
    </section>
  );
}
