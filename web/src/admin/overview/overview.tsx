import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Loading } from '../../parts/loading.tsx';
import { Table } from '../../parts/table.tsx';
import { words } from '../../words/en.ts';
import { Charts } from './charts.tsx';

type Check = Schema['CheckDto'];

const TAGS = { failed: 'tag bad', warning: 'tag warn', ok: 'tag good', not_configured: 'tag' };

/** Whether all is well, the worst first. */
export default function Overview() {
  const doctor = useLoaded(() => ask(api.GET('/admin/doctor')), []);
  return (
    <>
      <h1>{words.pages.overview}</h1>
      <section>
        <div class="row between">
          <h2>{words.overview.checks}</h2>
          <button type="button" class="quiet" disabled={doctor.isLoading} onClick={doctor.reload}>
            {words.overview.again}
          </button>
        </div>
        <Loading from={doctor}>
          {({ verdict, summary, checks }) => (
            <>
              <p>
                <span class={TAGS[verdict]}>{words.verdicts[verdict]}</span> {summary}
              </p>
              <Table
                caption={words.overview.checks}
                rows={checks}
                keyOf={({ name }) => name}
                empty={words.none}
                columns={[
                  { title: words.overview.check, cell: ({ name }) => name },
                  { title: words.overview.verdict, cell: Verdict },
                  { title: words.overview.detail, cell: Detail },
                ]}
              />
            </>
          )}
        </Loading>
      </section>
      <Charts />
    </>
  );
}

function Verdict({ verdict }: Check) {
  return <span class={TAGS[verdict]}>{words.verdicts[verdict]}</span>;
}

function Detail({ verdict, detail, remedy }: Check) {
  const isBad = verdict === 'failed' || verdict === 'warning';
  return (
    <>
      {detail}
      {isBad && remedy !== '' && <div class="hint">{remedy}</div>}
    </>
  );
}
