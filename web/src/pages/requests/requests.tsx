import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { Asked } from './asked.tsx';
import { Decide } from './decide.tsx';
import { NewRequest } from './new-request.tsx';
import { Withdraw } from './withdraw.tsx';

type Request = Schema['AccessRequestDto'];

/** What the person asked for, and what others ask of them. */
export default function Requests() {
  const isMine = !useRoute().path.endsWith('/to-decide');
  const [isAsking, setAsking] = useState(false);
  const [decided, setDecided] = useState<Request | undefined>();
  const role = isMine ? 'requester' : 'owner';
  const requests = usePaged(
    (cursor) => ask(api.GET('/access-requests', { params: { query: { role, cursor } } })),
    [role, me.value?.user_name],
  );
  const close = (): void => {
    setAsking(false);
    setDecided(undefined);
    requests.reload();
  };
  return (
    <>
      <h1>{words.pages.requests}</h1>
      <p class="row">
        <button type="button" onClick={() => setAsking(true)}>
          {words.requests.make}
        </button>
        <a href="/ui/requests" aria-current={isMine ? 'page' : undefined}>
          {words.requests.mine}
        </a>
        <a href="/ui/requests/to-decide" aria-current={isMine ? undefined : 'page'}>
          {words.requests.toDecide}
        </a>
      </p>
      <section>
        <List
          from={requests}
          caption={isMine ? words.requests.mine : words.requests.toDecide}
          keyOf={({ id }) => id}
          empty={isMine ? words.requests.noneMine : words.home.noWaiting}
          columns={columnsOf(isMine, setDecided, requests.reload)}
        />
      </section>
      {isAsking && <NewRequest onClose={close} />}
      {decided && <Decide request={decided} onClose={close} />}
    </>
  );
}

function columnsOf(
  isMine: boolean,
  decide: (request: Request) => void,
  reload: () => void,
): Column<Request>[] {
  const { requests } = words;
  return [
    ...(isMine ? [] : [{ title: words.home.from, cell: ({ requester }: Request) => requester }]),
    { title: words.home.asksFor, cell: (request) => <Asked request={request} /> },
    { title: requests.state, cell: State },
    { title: words.home.since, cell: ({ created_at }) => <Time at={created_at} /> },
    {
      title: words.shares.act,
      cell: (request) => {
        if (request.state !== 'open') return null;
        if (isMine) return <Withdraw id={request.id} onDone={reload} />;
        return (
          <button type="button" class="plain" onClick={() => decide(request)}>
            {requests.decide}
          </button>
        );
      },
    },
  ];
}

/** How far it has come; while it is open, who decides. */
function State({ state, approvers, decided_by: by, message }: Request) {
  return (
    <>
      <span class={TAGS[state]}>{words.requests.states[state]}</span>
      <div class="hint">
        {state === 'open' && words.requests.whoDecides(approvers.join(', ') || words.requests.administrators)}
        {by && words.requests.by(by)}
        {message && ` ${message}`}
      </div>
    </>
  );
}

const TAGS = {
  open: 'tag warn',
  approved: 'tag good',
  denied: 'tag bad',
  withdrawn: 'tag',
  superseded: 'tag',
};
