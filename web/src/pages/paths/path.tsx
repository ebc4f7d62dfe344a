import { useLocation, useRoute } from 'preact-iso';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { me } from '../../app/session.ts';
import { Loading } from '../../parts/loading.tsx';
import { words } from '../../words/en.ts';
import { Ask } from './ask.tsx';
import type { Offer } from './matching.ts';

/** One golden path, or another workflow: what it does, and a form to ask for it. */
export default function Path() {
  const { provider = '', workflow = '' } = useRoute().params;
  const { from } = useLocation().query;
  const loaded = useLoaded(
    () => offerOf(provider, workflow, from),
    [...[provider, workflow, from], me.value?.user_name],
  );
  return (
    <>
      <h1>{workflow}</h1>
      <Loading from={loaded}>
        {({ offer, earlier }) =>
          offer === undefined ? (
            <p class="empty card">{words.paths.noWorkflow}</p>
          ) : (
            <>
              <p>{offer.workflow.description}</p>
              <p class="hint">
                {words.paths.by(provider)}
                {offer.provider.description !== null && `: ${offer.provider.description}`}
              </p>
              <Ask key={`${provider}/${workflow}/${from ?? ''}`} offer={offer} earlier={earlier} />
            </>
          )
        }
      </Loading>
    </>
  );
}

/** The workflow, and an earlier run of it whose parameters are to be used again. */
async function offerOf(
  name: string,
  workflow: string,
  from: string | undefined,
): Promise<{ offer: Offer | undefined; earlier: Schema['RunDto'] | undefined }> {
  const [provider, run] = await Promise.all([
    ask(api.GET('/api/providers/{name}', { params: { path: { name } } })),
    // without it the form is as usual
    from === undefined
      ? undefined
      : ask(api.GET('/api/workflows/{id}', { params: { path: { id: from } } })).catch(() => undefined),
  ]);
  const found = provider.workflows.find((each) => each.name === workflow);
  const isSame = run?.provider === name && run.workflow === workflow;
  return { offer: found && { provider, workflow: found }, earlier: isSame ? run : undefined };
}
