import { useRoute } from 'preact-iso';
import { api, ask } from '../../api/client.ts';
import { fileErrorsOf } from '../../api/refusal.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { Coded } from '../../parts/coded.tsx';
import { FileErrors } from '../../parts/file-errors.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { addressOf } from '../../parts/runs/address.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { words } from '../../words/en.ts';
import { ProviderState } from './provider-state.tsx';
import { failureOf } from './failure.ts';
import { Source } from './source.tsx';

type Provider = Schema['ProviderDto'];

/** One provider: its state, what is wrong in its files, what it offers. Who may change it loads it again here. */
export default function ProviderPage() {
  const { name = '' } = useRoute().params;
  const loaded = useLoaded(() => providerOf(name), [name, me.value?.user_name]);
  return (
    <>
      <h1>{name}</h1>
      <Loading from={loaded}>
        {(provider) => (
          <>
            {provider.description !== null && <p>{provider.description}</p>}
            {provider.registration !== undefined && <Reload name={name} onDone={loaded.reload} />}
            <Failure provider={provider} />
            <Facts provider={provider} />
            <Workflows provider={provider} />
          </>
        )}
      </Loading>
    </>
  );
}

/** With how it was registered, for whoever may change it. */
async function providerOf(name: string): Promise<Provider> {
  const params = { path: { name } };
  return ask(api.GET('/api/admin/providers/{name}', { params })).catch(() =>
    ask(api.GET('/api/providers/{name}', { params })),
  );
}

function Reload({ name, onDone }: { name: string; onDone: () => void }) {
  const reload = useAction(async () => {
    // what went wrong stands at the provider, too
    await ask(api.POST('/api/admin/providers/{name}/reload', { params: { path: { name } } })).finally(onDone);
  });
  return (
    <>
      <p>
        <button type="button" class="quiet" disabled={reload.isRunning} onClick={() => reload.run()}>
          {words.providers.reload}
        </button>
      </p>
      {reload.refusal && <Problem error={reload.refusal} />}
    </>
  );
}

function Failure({ provider: { error, digest } }: { provider: Provider }) {
  if (!error) return null;
  const places = fileErrorsOf(error.errors ?? []);
  return (
    <div class="problem">
      <p>
        <Coded text={failureOf(error.message, digest)} />
      </p>
      {places.length > 0 && <FileErrors errors={places} />}
    </div>
  );
}

function Facts({ provider }: { provider: Provider }) {
  const { providers } = words;
  const { registration: how, version, owner, team, resource_types: types } = provider;
  const facts: [string, preact.ComponentChildren][] = [
    [providers.state, <ProviderState provider={{ ...provider, error: undefined }} />],
    [providers.source, <Source source={provider.source} />],
    [providers.loaded, <Time at={provider.loaded_at} />],
    [providers.version, version],
    [providers.owner, owner],
    [words.runs.team, team],
    [providers.types, types.join(', ')],
    [providers.registered, how && words.requests.by(how.registered_by)],
    [providers.pin, how?.pin && <code>{how.pin}</code>],
    [providers.signers, how?.signers?.map((signer) => <code key={signer}>{signer} </code>)],
  ];
  const told = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return (
    <section>
      <dl>{told.map(([title, value]) => [<dt>{title}</dt>, <dd>{value}</dd>])}</dl>
    </section>
  );
}

function Workflows({ provider: { name, workflows } }: { provider: Provider }) {
  const { providers } = words;
  return (
    <section>
      <h2>{providers.workflows}</h2>
      <Table
        caption={providers.workflows}
        rows={workflows}
        keyOf={(workflow) => workflow.name}
        empty={providers.noWorkflows}
        columns={[
          {
            title: words.paths.workflow,
            cell: (workflow) => <a href={addressOf(name, workflow.name)}>{workflow.name}</a>,
          },
          { title: providers.category, cell: ({ category }) => providers.categories[category] },
          { title: words.paths.offers, cell: ({ description }) => description },
          {
            title: providers.startedBy,
            cell: ({ triggers }) => triggers.filter((each) => each !== 'manual').join(', '),
          },
        ]}
      />
    </section>
  );
}
