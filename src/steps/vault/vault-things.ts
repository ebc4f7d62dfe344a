import { isDeepStrictEqual } from 'node:util';
import type { Operation, ProvisionResult, ShownChange } from '../../provisioning/kinds/kind.js';
import type { Vault, VaultThing } from '../../targets/vault/vault.js';

/** A thing in the vault as it should be. */
export interface WantedThing extends VaultThing {
  id: string;
  /** What is written. */
  fields: Record<string, unknown>;
  /** The fields as they are read, in a comparable form, with the same names as `fields`. */
  asRead: (fields: Record<string, unknown>) => Record<string, unknown>;
}

/** The changes that would make the things as they should be. */
export async function planThings(vault: Vault, things: readonly WantedThing[]): Promise<ShownChange[]> {
  const changes: ShownChange[] = [];
  for (const { thing, before } of await readThings(vault, things)) {
    if (isDeepStrictEqual(before, thing.fields)) continue;
    const change = `${before ? 'change' : 'create'}_vault_${thing.what.replaceAll(' ', '_')}`;
    changes.push({ change, target: `vault ${vault.name}: ${thing.id}`, before, after: thing.fields });
  }
  return changes;
}

/** Makes the things as they should be. */
export async function applyThings(vault: Vault, things: readonly WantedThing[]): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (const { thing, before } of await readThings(vault, things)) {
    const same = isDeepStrictEqual(before, thing.fields);
    if (!same) await vault.write(thing, thing.fields);
    operations.push({
      entitlement: { type: `vault_${thing.what.replaceAll(' ', '_')}`, target: vault.name, id: thing.id },
      action: before && !same ? 'change' : 'create',
      status: same ? 'unchanged' : 'done',
    });
  }
  return operations;
}

/** Removes the things that were created, the last one first, unless somebody has changed them. */
export async function removeThings(
  vault: Vault,
  things: readonly WantedThing[],
  made: ProvisionResult,
): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (const [index, thing] of [...things.entries()].reverse()) {
    const done = made.operations[index];
    if (done?.status !== 'done') continue;
    const removed = { ...done, action: 'remove' as const };
    if (done.action !== 'create') {
      operations.push({ ...removed, status: 'skipped', message: 'it was there before' });
      continue;
    }
    const present = await readThing(vault, thing);
    if (present && !isDeepStrictEqual(present, thing.fields)) {
      operations.push({ ...removed, status: 'skipped', message: 'somebody has changed it' });
      continue;
    }
    await vault.remove(thing);
    operations.push(removed);
  }
  return operations;
}

/** All of them before anything is written, so that what is refused leaves nothing. */
async function readThings(
  vault: Vault,
  things: readonly WantedThing[],
): Promise<{ thing: WantedThing; before: Record<string, unknown> | null }[]> {
  const found = [];
  for (const thing of things) found.push({ thing, before: await readThing(vault, thing) });
  return found;
}

async function readThing(vault: Vault, thing: WantedThing): Promise<Record<string, unknown> | null> {
  const fields = await vault.read(thing);
  return fields ? thing.asRead(fields) : null;
}

/** A policy; written as JSON, so that no name can become a rule. */
export function policyThing(name: string, rules: Record<string, string[]>): WantedThing {
  const path = Object.fromEntries(
    Object.entries(rules).map(([each, capabilities]) => [each, { capabilities: [...capabilities].sort() }]),
  );
  const policy = JSON.stringify({ path });
  return {
    ...{ path: `sys/policies/acl/${name}`, what: 'policy', id: name, fields: { policy } },
    asRead: ({ policy: text }) => ({ policy: text }),
  };
}

/** A role, of which the service compares the fields that it writes. */
export function roleThing(path: string, what: string, fields: Record<string, unknown>): WantedThing {
  return {
    ...{ path, what, id: path, fields },
    asRead: (read) => Object.fromEntries(Object.keys(fields).map((name) => [name, read[name]])),
  };
}
