import { api, ask } from '../../../api/client.ts';
import type { Schema } from '../../../api/schema.ts';
import { useLoaded } from '../../../api/use-loaded.ts';
import { Loading } from '../../../parts/loading.tsx';
import { Changes } from '../../../parts/runs/changes.tsx';
import { Table } from '../../../parts/table.tsx';
import { words } from '../../../words/en.ts';

type Step = Schema['VerifiedStepDto'];

const TAGS: Record<Step['state'], string> = {
  holds: 'tag good',
  differs: 'tag bad',
  not_made: 'tag',
  not_checked: 'tag warn',
  not_checkable: 'tag',
};

/** Whether what a run made is still so. */
export function Verification({ id }: { id: string }) {
  const verified = useLoaded(
    () => ask(api.POST('/api/workflows/{id}/verify', { params: { path: { id } } })),
    [id],
  );
  return (
    <Loading from={verified}>
      {({ holds, steps }) => (
        <>
          <p role="status">{holds ? words.run.holds : words.run.differs}</p>
          <Table
            caption={words.run.verified}
            rows={steps}
            keyOf={({ name }) => name}
            empty={words.run.noSteps}
            columns={[
              { title: words.run.steps, cell: ({ name }) => name },
              {
                title: words.runs.state,
                cell: ({ state }) => <span class={TAGS[state]}>{words.run.verifyStates[state]}</span>,
              },
              { title: words.plan.title, cell: What },
            ]}
          />
        </>
      )}
    </Loading>
  );
}

function What({ changes, reason }: Step) {
  if (changes.length > 0) return <Changes changes={changes} />;
  return <span class="faint">{reason}</span>;
}
