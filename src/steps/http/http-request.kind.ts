import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import type { Json, JsonObject } from '../../documents/model.js';
import { completeUndo, type Later } from '../../documents/references/own-answer.js';
import { HTTP_REQUEST } from '../../documents/step-types/types/control.js';
import {
  type AskContext,
  Kind,
  type Operation,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';

interface RequestInput {
  method: string;
  path: string;
  body?: Json;
}

/** The input of the step type `http.request`. */
export interface HttpRequestInput extends RequestInput {
  target?: string;
  headers?: Record<string, string>;
  expect?: number[];
  undo?: RequestInput;
  /** What only the answer tells of `undo`: set by the run, never by a document. */
  undo_later?: Later[];
}

const INPUT = {
  ...HTTP_REQUEST.input,
  properties: { ...(HTTP_REQUEST.input.properties as object), undo_later: { type: 'array' } },
};

/** Set by this service alone: whose request it is, where it goes, how it is sent. */
const OWN = new Set([
  ...['authorization', 'cookie', 'proxy-authorization', 'host', 'idempotency-key'],
  ...['connection', 'content-length', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade'],
]);
const HEADER = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;
const BELOW =
  'must stay below the address of the target: no empty or dot segments, no \\ or #, all else encoded';
/** Visible characters and spaces. */
const VALUE = /^[\x20-\x7e]*$/;
/** What an undo asks to remove is not there: it is gone already. */
const GONE = [404, 410];

/** Sends a request to a target. */
@Kind(HTTP_REQUEST.kind, INPUT, { requestable: false, lasting: false })
@Injectable()
export class HttpRequestKind implements ProvisionKind<HttpRequestInput> {
  constructor(private readonly targets: Targets) {}

  /** What it touches is known to the target alone: it waits for nobody. */
  subjectOf(): string {
    return `http.request:${randomUUID()}`;
  }

  validate(input: HttpRequestInput, { team }: AskContext): Promise<void> {
    const { target, path, headers = {} } = input;
    const service = this.targets.http(target, team);
    if (!service.reaches(path)) throw brokenRule('path', BELOW);
    const undo = pathOfUndo(input);
    if (undo !== undefined && !service.reaches(undo)) throw brokenRule('undo.path', BELOW);
    for (const [name, value] of Object.entries(headers)) {
      if (!HEADER.test(name) || !VALUE.test(value))
        throw brokenRule('headers', 'must be names and values of headers, in ASCII');
      if (OWN.has(name.toLowerCase())) throw brokenRule('headers', `must not set ${name}`);
    }
    return Promise.resolve();
  }

  plan(input: HttpRequestInput, { team }: AskContext): Promise<ShownChange[]> {
    const { name } = this.targets.http(input.target, team);
    const { method, path, body, undo } = input;
    const after = {
      ...(body !== undefined && { body }),
      undo: undo ? `${undo.method} ${undo.path}` : 'nothing',
    };
    return Promise.resolve([
      { change: 'send_request', target: `http ${name}: ${method} ${path}`, before: null, after },
    ]);
  }

  async apply(input: HttpRequestInput, { provisionId, team, signal }: RunContext): Promise<ProvisionResult> {
    const service = this.targets.http(input.target, team);
    const { method, path, body, headers, expect } = input;
    const answer = await service.send({
      ...{ method, path, body, signal, idempotencyKey: provisionId },
      ...(headers && { headers }),
      isExpected: (status) => expect?.includes(status) ?? isSuccess(status),
    });
    const { status } = answer;
    return {
      operations: [operationOf(service.name, input, 'create')],
      outputs: { status, ...(answer.body !== undefined && { body: answer.body }) },
    };
  }

  async undo(
    { target, undo: named, undo_later: later = [] }: HttpRequestInput,
    made: ProvisionResult,
    { provisionId, team }: RunContext,
  ): Promise<ProvisionResult> {
    const [done] = made.operations;
    const leave = (why: string) => ({ operations: done ? [skipped(done, why)] : [] });
    if (!named) return leave('the step names no request that takes it back');
    const outputs = (made['outputs'] ?? {}) as Json;
    const undo = completeUndo(named as unknown as JsonObject, later, outputs) as RequestInput | undefined;
    if (!undo) return leave('the answer does not tell what its request that takes it back needs');
    const service = this.targets.http(target, team);
    if (typeof undo.path !== 'string' || !service.reaches(undo.path)) throw brokenRule('undo.path', BELOW);
    const removes = undo.method === 'DELETE';
    const { status } = await service.send({
      ...{ ...undo, idempotencyKey: provisionId },
      isExpected: (each) => isSuccess(each) || (removes && GONE.includes(each)),
    });
    const operation = operationOf(service.name, undo, 'remove');
    return { operations: [isSuccess(status) ? operation : skipped(operation, 'it was not there')] };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function operationOf(target: string, { method, path }: RequestInput, action: Operation['action']): Operation {
  return { entitlement: { type: 'http_request', target, id: `${method} ${path}` }, action, status: 'done' };
}

function skipped(done: Operation, message: string): Operation {
  return { ...done, action: 'remove', status: 'skipped', message };
}

/** The path of the undo with something in place of what the answer tells; undefined: all of it is told by the answer, or there is none. */
function pathOfUndo({ undo, undo_later: later = [] }: HttpRequestInput): string | undefined {
  const parts = later.find(({ at }) => at.join('.') === 'path')?.parts;
  if (!parts) return undo?.path;
  if (parts.every((part) => 'own' in part)) return undefined;
  return parts.map((part) => ('text' in part ? part.text : 'x')).join('');
}
