import { useLocation, useRoute } from 'preact-iso';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import { RunState } from '../../parts/runs/run-state.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

type Run = Schema['RunSummaryDto'];
type Status = Run['status'];

const STATUSES: readonly Status[] = [
  ...(['awaiting_approval', 'pending', 'processing', 'pending_action'] as const),
  ...(['completed', 'failed', 'cancelled'] as const),
];

/** What the person asked for, or what is run for their teams; for administrators all of it. */
export default function Runs() {
  const isAll = useRoute().path.endsWith('/all');
  const { query } = useLocation();
  const status = STATUSES.find((each) => each === query['status']);
  const user = me.value?.user_name ?? '';
  const mine = isAll ? {} : { requested_by: user };
  const runs = usePaged(
    (cursor) => ask(api.GET('/api/workflows', { params: { query: { ...mine, status, cursor, limit: 50 } } })),
    [isAll, status, user],
  );
  const { runs: texts } = words;
  const all = me.value?.admin ? texts.allForAdmin : texts.all;
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="row">
        <a class="button" href="/ui/paths">
          {texts.toPaths}
        </a>
        <a href="/ui/runs" aria-current={isAll ? undefined : 'page'}>
          {texts.mine}
        </a>
        <a href="/ui/runs/all" aria-current={isAll ? 'page' : undefined}>
          {all}
        </a>
      </p>
      {isAll && <StateFilter status={status} />}
      <section>
        <List
          from={runs}
          caption={isAll ? all : texts.mine}
          keyOf={({ id }) => id}
          empty={isAll ? texts.noneAll : texts.noneMine}
          columns={[
            { title: texts.what, cell: What },
            { title: texts.state, cell: (run) => <RunState run={run} /> },
            { title: texts.team, cell: ({ team }) => team },
            ...(isAll ? [{ title: texts.by, cell: ({ requested_by }: Run) => requested_by }] : []),
            { title: texts.when, cell: ({ created_at }) => <Time at={created_at} /> },
          ]}
        />
      </section>
    </>
  );
}

function StateFilter({ status }: { status: Status | undefined }) {
  const { route } = useLocation();
  return (
    <label class="search">
      {words.runs.state}
      <select
        value={status ?? ''}
        onChange={({ currentTarget: { value } }) =>
          route(value === '' ? '/ui/runs/all' : `/ui/runs/all?status=${value}`)
        }
      >
        <option value="">{words.runs.any}</option>
        {STATUSES.map((each) => (
          <option key={each} value={each}>
            {words.runs.states[each]}
          </option>
        ))}
      </select>
    </label>
  );
}

function What({ id, provider, workflow, application, error }: Run) {
  return (
    <>
      <a href={`/ui/runs/of/${id}`}>{workflow}</a>
      <div class="hint">
        {words.paths.by(provider)}
        {application !== null && `, ${application}`}
      </div>
      {error !== null && <div class="hint">{error}</div>}
    </>
  );
}
