import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { usePaged } from '../../api/use-paged.ts';
import { me } from '../../app/session.ts';
import { List } from '../../parts/list.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';

type Waiting = Schema['WaitingRunDto'];

/** The runs that wait for this person. The plan and the decision are on the page of each. */
export default function Approvals() {
  const waiting = usePaged(
    (cursor) => ask(api.GET('/api/approvals', { params: { query: { cursor, limit: 50 } } })),
    [me.value?.user_name],
  );
  const { approvals } = words;
  return (
    <>
      <h1>{approvals.title}</h1>
      <p>{approvals.intro}</p>
      <section>
        <List
          from={waiting}
          caption={approvals.title}
          keyOf={({ run_id, approval }) => `${run_id} ${approval.plan_digest}`}
          empty={approvals.none}
          columns={[
            { title: words.runs.what, cell: What },
            { title: words.runs.by, cell: ({ requested_by, team }) => approvals.asks(requested_by, team) },
            { title: approvals.reason, cell: Why },
            { title: words.home.since, cell: ({ approval }) => <Time at={approval.asked_at} /> },
            { title: approvals.until, cell: ({ approval }) => <Time at={approval.expires_at} /> },
            {
              title: words.shares.act,
              cell: ({ run_id }) => (
                <a class="button quiet" href={`/ui/runs/of/${run_id}`}>
                  {approvals.look}
                </a>
              ),
            },
          ]}
        />
      </section>
    </>
  );
}

function What({ run_id, workflow, provider, application }: Waiting) {
  return (
    <>
      <a href={`/ui/runs/of/${run_id}`}>{workflow}</a>
      <div class="hint">
        {words.paths.by(provider)}
        {application !== null && `, ${application}`}
      </div>
    </>
  );
}

function Why({ approval: { requirements } }: Waiting) {
  return requirements.map(({ rule, message }) => <div key={rule}>{message ?? rule}</div>);
}
