import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import { EndShare } from '../../parts/shares/end-share.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { NewShare } from './new-share.tsx';

type Share = Schema['ShareDto'];

/** Shares that the person gave, or received. */
export default function Shares() {
  const isReceived = useRoute().path.endsWith('/received');
  const direction = isReceived ? 'received' : 'given';
  const user = me.value?.user_name ?? '';
  const [dialog, setDialog] = useState<'new' | Share | undefined>();
  const shares = usePaged(
    (cursor) =>
      ask(api.GET('/users/{user}/shares', { params: { path: { user }, query: { direction, cursor } } })),
    [user, direction],
  );
  const close = (): void => {
    setDialog(undefined);
    shares.reload();
  };
  return (
    <>
      <h1>{words.pages.shares}</h1>
      <p class="row">
        <button type="button" onClick={() => setDialog('new')}>
          {words.shares.make}
        </button>
        <a href="/ui/shares" aria-current={isReceived ? undefined : 'page'}>
          {words.shares.given}
        </a>
        <a href="/ui/shares/received" aria-current={isReceived ? 'page' : undefined}>
          {words.shares.received}
        </a>
      </p>
      <section>
        <List
          from={shares}
          caption={isReceived ? words.shares.received : words.shares.given}
          keyOf={({ path, grantee, granted_by }) => `${granted_by} ${path} ${grantee.kind} ${grantee.name}`}
          empty={isReceived ? words.shares.noneReceived : words.shares.noneGiven}
          columns={columnsOf(isReceived, setDialog)}
        />
      </section>
      {dialog === 'new' && <NewShare user={user} onClose={close} />}
      {typeof dialog === 'object' && <EndShare user={user} share={dialog} onClose={close} />}
    </>
  );
}

function columnsOf(isReceived: boolean, end: (share: Share) => void): Column<Share>[] {
  const { shares } = words;
  return [
    { title: shares.path, cell: ({ path }) => <code>{path}</code> },
    isReceived
      ? { title: shares.by, cell: ({ granted_by }) => granted_by }
      : { title: shares.with, cell: ({ grantee }) => words.kinds[grantee.kind](grantee.name) },
    { title: shares.may, cell: ({ permission }) => words.levels[permission] },
    { title: shares.until, cell: ({ expires_at }) => <Time at={expires_at} /> },
    { title: shares.state, cell: State },
    ...(isReceived
      ? []
      : [
          {
            title: shares.act,
            cell: (share: Share) => (
              <button type="button" class="plain" onClick={() => end(share)}>
                {shares.end}
              </button>
            ),
          },
        ]),
  ];
}

function State({ state, reason }: Share) {
  return (
    <>
      <span class={state === 'active' ? 'tag good' : 'tag warn'}>{words.shares.states[state]}</span>
      {reason && <div class="hint">{reason}</div>}
    </>
  );
}
