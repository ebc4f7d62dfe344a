import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import type { Schema } from '../../api/schema.ts';
import { useAction } from '../../api/use-action.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { NameField } from '../../parts/names/name-field.tsx';
import { Plan } from '../../parts/plan.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

type Role = Schema['MemberDto']['role'];

/** What an owner wants to do with the members. */
export type MemberChange =
  { kind: 'add' } | { kind: 'role'; user: string; role: Role } | { kind: 'remove'; user: string };

interface Props {
  group: string;
  change: MemberChange;
  onClose: () => void;
}

/** Adds or removes a member, or changes the role, after showing what that does. */
export function ChangeMember({ group, change, onClose }: Props) {
  const [user, setUser] = useState(change.kind === 'add' ? '' : change.user);
  const [role, setRole] = useState<Role>(change.kind === 'role' ? change.role : 'member');
  const [plan, setPlan] = useState<Schema['PlannedChangeDto'][] | undefined>();
  const send = (dry_run: boolean) => {
    if (change.kind === 'remove')
      return ask(
        api.DELETE('/groups/{group}/members/{user}', {
          params: { path: { group, user }, query: { dry_run } },
        }),
      );
    const body = { user_name: user.trim(), role };
    return ask(
      api.POST('/groups/{group}/members', { params: { path: { group }, query: { dry_run } }, body }),
    );
  };
  const check = useAction(async () => setPlan(planOf(await send(true))));
  const make = useAction(async () => {
    await send(false);
    onClose();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (plan) make.run();
    else check.run();
  };
  const refusal = make.refusal ?? check.refusal;
  return (
    <Dialog title={words.groups.changes[change.kind]} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Fields {...{ change, user, role, setUser, setRole }} isFixed={plan !== undefined} />
        {plan && <Plan changes={plan} />}
        <p class="row">
          <button type="submit" disabled={check.isRunning || make.isRunning}>
            {plan ? words.groups.doIt : words.shares.check}
          </button>
          {plan && (
            <button type="button" class="quiet" onClick={() => setPlan(undefined)}>
              {words.back}
            </button>
          )}
        </p>
        {refusal && <Problem error={refusal} />}
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  change: MemberChange;
  user: string;
  role: Role;
  /** The changes are shown: what they follow from stays. */
  isFixed: boolean;
  setUser: (user: string) => void;
  setRole: (role: Role) => void;
}

function Fields({ change, user, role, isFixed, setUser, setRole }: FieldsProps) {
  return (
    <>
      <NameField
        label={words.groups.user}
        value={user}
        onChange={setUser}
        kind="user"
        required
        readOnly={change.kind !== 'add' || isFixed}
      />
      {change.kind !== 'remove' && (
        <label>
          {words.groups.role}
          <select
            value={role}
            disabled={isFixed}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
          >
            {(['reader', 'member', 'owner'] as const).map((each) => (
              <option key={each} value={each}>
                {words.groups.roleTexts[each]}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
