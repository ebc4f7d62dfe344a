import type { Schema } from '../../api/schema.ts';
import { words } from '../../words/en.ts';
import { Table } from '../table.tsx';

/** What becomes of the resources of a Score file. */
export function Resources({ resources }: { resources: readonly Schema['RunResourceDto'][] }) {
  const { runPlan, paths } = words;
  return (
    <Table
      caption={runPlan.resources}
      rows={resources}
      keyOf={({ name, id }) => `${name} ${id ?? ''}`}
      empty={words.none}
      columns={[
        {
          title: runPlan.resource,
          cell: ({ name, type, class: kind }) => (
            <>
              {name} <code class="faint">{kind === 'default' ? type : `${type} ${kind}`}</code>
            </>
          ),
        },
        { title: words.runs.state, cell: ({ operation }) => runPlan.operations[operation] },
        { title: paths.provider, cell: ({ provider }) => provider },
      ]}
    />
  );
}
