import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { Dialog } from '../dialog.tsx';
import { Loading } from '../loading.tsx';
import { Plan } from '../plan.tsx';
import { Problem } from '../problem.tsx';
import { words } from '../../words/en.ts';
import { Results } from './results.tsx';

interface Props {
  /** Who gave it. */
  user: string;
  share: Pick<Schema['ShareDto'], 'path' | 'grantee'>;
  onClose: () => void;
}

/** Ends a share, after showing what that does. */
export function EndShare({ user, share, onClose }: Props) {
  const [result, setResult] = useState<Schema['ShareResultDto'] | undefined>();
  const { path, grantee } = share;
  const targets = grantee.kind === 'group' ? { from_groups: [grantee.name] } : { from_users: [grantee.name] };
  const unshare = (dry_run: boolean) =>
    ask(
      api.POST('/users/{user}/unshare', {
        params: { path: { user }, query: { dry_run } },
        body: { path, ...targets },
      }),
    );
  const plan = useLoaded(async () => planOf(await unshare(true)), [path]);
  const end = useAction(async () => {
    setResult((await unshare(false)) as Schema['ShareResultDto']);
  });
  return (
    <Dialog title={words.shares.endTitle} onClose={onClose}>
      <p>
        <code>{path}</code>: {words.kinds[grantee.kind](grantee.name)}
      </p>
      {result ? (
        <Results result={result} />
      ) : (
        <Loading from={plan}>
          {(changes) => (
            <>
              <Plan changes={changes} />
              <p class="row">
                <button type="button" disabled={end.isRunning} onClick={() => end.run()}>
                  {words.shares.endNow}
                </button>
                <button type="button" class="quiet" onClick={onClose}>
                  {words.cancel}
                </button>
              </p>
            </>
          )}
        </Loading>
      )}
      {end.refusal && <Problem error={end.refusal} />}
    </Dialog>
  );
}
