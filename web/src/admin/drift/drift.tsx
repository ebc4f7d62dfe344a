import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

/** Where MinIO differs from what is recorded, and how it is mended. */
export default function Drift() {
  const drift = useLoaded(() => ask(api.GET('/admin/drift')), []);
  const [mended, setMended] = useState<number | undefined>();
  const mend = useAction(async () => {
    const answer = await ask(api.POST('/admin/reconcile', { body: {} }));
    setMended('results' in answer ? answer.results.filter(({ status }) => status === 'mended').length : 0);
    drift.reload();
  });
  return (
    <>
      <h1>{words.pages.drift}</h1>
      <Loading from={drift}>
        {(found) => (
          <>
            <p>
              {words.drift.checked(formatNumber(found.checked))} <Time at={found.checked_at} />
            </p>
            {mended !== undefined && <p role="status">{words.drift.mended(formatNumber(mended))}</p>}
            {mend.refusal && <Problem error={mend.refusal} />}
            <Differences drift={found} mend={mend.run} isMending={mend.isRunning} />
            <Foreign drift={found} />
          </>
        )}
      </Loading>
    </>
  );
}

interface DifferencesProps {
  drift: Schema['DriftDto'];
  mend: () => void;
  isMending: boolean;
}

function Differences({ drift: { subjects, more_subjects: more }, mend, isMending }: DifferencesProps) {
  return (
    <section>
      <h2>{words.drift.differences}</h2>
      {subjects.length > 0 && (
        <p>
          <button type="button" disabled={isMending} onClick={mend}>
            {words.drift.mend}
          </button>
        </p>
      )}
      <Table
        caption={words.drift.differences}
        rows={subjects}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty={words.drift.none}
        columns={[
          { title: words.who.who, cell: ({ kind, name }) => `${kind} ${name}` },
          {
            title: words.plan.title,
            cell: ({ changes, unreadable }) => (unreadable ? unreadable.detail : <Plan changes={changes} />),
          },
        ]}
      />
      {more > 0 && <p>{words.drift.more(formatNumber(more))}</p>}
    </section>
  );
}

function Foreign({ drift: { foreign, more_foreign: more } }: { drift: Schema['DriftDto'] }) {
  return (
    <section>
      <h2>{words.drift.foreign}</h2>
      <p class="hint">{words.drift.foreignHint}</p>
      <Table
        caption={words.drift.foreign}
        rows={foreign}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty={words.none}
        columns={[
          { title: words.drift.kind, cell: ({ kind }) => kind },
          { title: words.users.name, cell: ({ name }) => name },
          { title: words.audit.detail, cell: ({ detail }) => detail },
        ]}
      />
      {more > 0 && <p>{words.drift.more(formatNumber(more))}</p>}
    </section>
  );
}
