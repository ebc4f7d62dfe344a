import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readId } from '../../../src/data-products/portal/refs.js';
import { fingerprintOf, parseDelivery } from '../../../src/data-products/webhooks/delivery.js';
import { hintsOf } from '../../../src/data-products/webhooks/hints.js';

const bytes = (message: unknown) =>
  Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));

function read(message: unknown): any {
  const parsed = parseDelivery(bytes(message));
  return parsed.ok ? hintsOf(parsed.value) : parsed.error.field;
}

const exchange = (call: string, rest: object = {}) => {
  const [method, url] = call.split(' ');
  return read({ method, url, query: '', response: '', status_code: 200, ...rest });
};
const hint = (call: string, rest?: object) => exchange(call, rest).hints?.[0];
const event = (type: string, data?: unknown) =>
  read({ specversion: '1.0', id: '1', source: 's', type, ...(data !== undefined && { data }) });

const APPROVE = 'POST /api/v2/data_products/provider-id/output_ports/port-id/input_ports/approve';
const consumer = (id: string) => ({ kind: 'data_product', id });

describe('a body', () => {
  it.each([
    ['no JSON', '{', 'body'],
    ['nothing', '', 'body'],
    ['a list', [{ method: 'POST', url: '/' }], 'body'],
    ['a text', '"x"', 'body'],
    ['null', 'null', 'body'],
    ['no method', { url: '/' }, 'method'],
    ['a number as method', { method: 1, url: '/' }, 'method'],
    ['an endless method', { method: 'P'.repeat(21), url: '/' }, 'method'],
    ['no url', { method: 'POST' }, 'url'],
    ['an empty url', { method: 'POST', url: '' }, 'url'],
    ['a text as status', { method: 'POST', url: '/', status_code: '200' }, 'status_code'],
    ['a status that does not exist', { method: 'POST', url: '/', status_code: 99 }, 'status_code'],
    ['a broken status', { method: 'POST', url: '/', status_code: 200.5 }, 'status_code'],
    ['a number as response', { method: 'POST', url: '/', response: 1 }, 'response'],
    ['a truth as request', { method: 'POST', url: '/', request: true }, 'request'],
    ['another version', { specversion: '0.3', id: '1', source: 's', type: 't' }, 'specversion'],
    ['no id', { specversion: '1.0', source: 's', type: 't' }, 'id'],
    ['an empty source', { specversion: '1.0', id: '1', source: '', type: 't' }, 'source'],
    ['no type', { specversion: '1.0', id: '1', source: 's' }, 'type'],
    ['a list as data', { specversion: '1.0', id: '1', source: 's', type: 't', data: [] }, 'data'],
  ])('with %s is malformed', (_, message, field) => {
    expect(read(message)).toBe(field);
  });

  it('that is not UTF-8 is malformed', () => {
    expect(parseDelivery(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toMatchObject({
      ok: false,
    });
  });

  it('never breaks the reader, and what is read can be looked up', () => {
    const segment = fc.oneof(
      fc.constantFrom('api', 'v2', 'data_products', 'explorations', 'output_ports', 'input_ports', 'approve'),
      fc.constantFrom('', '.', '..', '%2e%2e', '%zz', '%2f', '%00', 'a%20b', 'p'),
    );
    const body = fc.oneof(fc.constantFrom('', 'null', '{', '[]', 1, null), fc.json(), fc.object());
    const message = fc.record(
      {
        method: fc.constantFrom('POST', 'PUT', 'delete', ''),
        url: fc.array(segment, { maxLength: 8 }).map((each) => `/${each.join('/')}`),
        status_code: fc.constantFrom(200, 202, 404, 500, null, '200'),
        response: fc.oneof(body, fc.record({ id: fc.string({ unit: 'binary' }), namespace: fc.string() })),
        request: fc.oneof(body, fc.record({ consuming_data_product_id: fc.string({ unit: 'binary' }) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(message, fc.jsonValue()), (given) => {
        const said = read(JSON.stringify(given));
        for (const each of said.hints ?? []) {
          const ids = [each.ref?.id, each.consumer?.id, each.providerId, each.outputPortId, each.linkId];
          for (const id of ids.filter((id) => id !== undefined)) expect(readId(id)).toBe(id);
        }
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (raw) => void parseDelivery(Buffer.from(raw))));
  });

  it('is known again by its bytes, an event by source and id', () => {
    const of = (message: unknown) => {
      const parsed = parseDelivery(bytes(message));
      return parsed.ok ? fingerprintOf(bytes(message), parsed.value) : '';
    };
    const post = { method: 'POST', url: '/x' };
    expect(of(post)).toBe(of(post));
    expect(of(post)).not.toBe(of({ url: '/x', method: 'POST' }));
    const one = { specversion: '1.0', id: '1', source: 's', type: 't' };
    expect(of(one)).toBe(of({ ...one, type: 'other', data: {} }));
    expect(of(one)).not.toBe(of({ ...one, id: '2' }));
    expect(of({ ...one, id: 'b', source: 'a' })).not.toBe(of({ ...one, id: '', source: 'ab' }));
    expect(of({ ...one, id: 'b"', source: 'a' })).not.toBe(of({ ...one, id: '"', source: 'ab' }));
  });
});

describe('an exchange', () => {
  it('is understood as the first documentation of provisioners wrote it', () => {
    const created = {
      method: 'POST',
      url: '/api/data_products',
      response: '{"id":"test-uuid","namespace":"test-product"}',
    };
    expect(read(created)).toEqual({
      hints: [{ about: 'product', ref: consumer('test-uuid'), event: 'created', namespace: 'test-product' }],
    });
    expect(hint(APPROVE, { request: '{"consuming_data_product_id":"consumer-id"}' })).toEqual({
      about: 'output_port',
      providerId: 'provider-id',
      outputPortId: 'port-id',
      event: 'approved',
      consumer: consumer('consumer-id'),
    });
  });

  it('names the consumer in its request, else in its answer, else not at all', () => {
    const id = { consuming_data_product_id: 'c' };
    const other = JSON.stringify({ consuming_data_product_id: 'd' });
    expect(hint(APPROVE, { request: id, response: other }).consumer).toEqual(consumer('c'));
    expect(hint(APPROVE, { request: JSON.stringify(id) }).consumer).toEqual(consumer('c'));
    expect(hint(APPROVE, { request: '', response: other }).consumer).toEqual(consumer('d'));
    expect(hint(APPROVE, { request: { x: 1 }, response: id }).consumer).toEqual(consumer('c'));
    for (const response of ['null', '', '{', '[]', '"c"', null, {}, { consuming_data_product_id: 7 }])
      expect(hint(APPROVE, { response })).not.toHaveProperty('consumer');
    const exploration = {
      consuming_abstract_data_product_id: 'e',
      consuming_abstract_data_product_type: 'explorations',
    };
    expect(hint(APPROVE, { response: exploration }).consumer).toEqual({ kind: 'exploration', id: 'e' });
  });

  const product = { about: 'product', ref: consumer('p') };
  const port = { about: 'output_port', providerId: 'p', outputPortId: 'o' };
  const reader = { about: 'consumer', ref: consumer('c') };
  const explorer = { about: 'consumer', ref: { kind: 'exploration', id: 'x' } };
  it.each([
    ['POST data_products/p/output_ports/o/input_ports/deny', { ...port, event: 'denied' }],
    ['POST data_products/p/output_ports/o/input_ports/revoke', { ...port, event: 'revoked' }],
    ['POST data_products/p/output_ports/o/input_ports/remove', { ...port, event: 'removed' }],
    ['DELETE data_products/p/output_ports/o', { ...port, event: 'deleted' }],
    ['PUT data_products/p', { ...product, event: 'updated' }],
    ['PUT data_products/p/status', { ...product, event: 'updated' }],
    ['DELETE data_products/p', { ...product, event: 'deleted' }],
    ['POST data_products/p/finalizers', { ...product, event: 'changed' }],
    ['DELETE data_products/p/finalizers/minio', { ...product, event: 'changed' }],
    ['POST data_products/c/input_ports', { ...reader, event: 'requested' }],
    ['POST data_products/c/link_input_ports', { ...reader, event: 'requested' }],
    ['POST data_products/c/input_ports/o/revoke', { ...reader, outputPortId: 'o', event: 'revoked' }],
    ['POST data_products/c/input_ports/o/renew', { ...reader, outputPortId: 'o', event: 'changed' }],
    ['POST data_products/c/input_ports/o/cancel', { ...reader, outputPortId: 'o', event: 'changed' }],
    ['DELETE data_products/c/input_ports/o', { ...reader, outputPortId: 'o', event: 'removed' }],
    ['POST explorations/x/input_ports', { ...explorer, event: 'requested' }],
    ['POST explorations/x/input_ports/o/revoke', { ...explorer, outputPortId: 'o', event: 'revoked' }],
    ['DELETE explorations/x/input_ports/o', { ...explorer, outputPortId: 'o', event: 'removed' }],
    ['DELETE explorations/x', { about: 'product', ref: { kind: 'exploration', id: 'x' }, event: 'deleted' }],
    ['POST data_products/c/link_datasets', { ...reader, event: 'requested' }],
    ['POST data_products/c/dataset/o', { ...reader, outputPortId: 'o', event: 'requested' }],
    ['DELETE data_products/c/dataset/o', { ...reader, outputPortId: 'o', event: 'removed' }],
    ['POST data_product_dataset_links/approve/l', { about: 'legacy_link', linkId: 'l', event: 'approved' }],
    ['POST data_product_dataset_links/deny/l', { about: 'legacy_link', linkId: 'l', event: 'denied' }],
    ['POST data_product_dataset_links/remove/l', { about: 'legacy_link', linkId: 'l', event: 'removed' }],
    [
      'POST data_products/p/output_ports/o/technical_assets/add',
      { about: 'output_port', providerId: 'p', outputPortId: 'o', event: 'changed' },
    ],
    [
      'DELETE data_products/p/output_ports/o/technical_assets/remove',
      { about: 'output_port', providerId: 'p', outputPortId: 'o', event: 'changed' },
    ],
    ['POST data_products/p/technical_assets', { about: 'output_port', providerId: 'p', event: 'changed' }],
    [
      'PUT data_products/p/technical_assets/t/status',
      { about: 'output_port', providerId: 'p', event: 'changed' },
    ],
    [
      'DELETE data_products/p/technical_assets/t',
      { about: 'output_port', providerId: 'p', event: 'changed' },
    ],
    ['DELETE authz/role_assignments/data_product/r', { about: 'owners' }],
    ['DELETE datasets/o', { about: 'legacy_port', outputPortId: 'o', event: 'deleted' }],
  ])('%s, below both prefixes, with and without a slash at the end', (call, expected) => {
    const [method = '', path] = call.split(' ');
    for (const prefix of ['/api', '/api/v2'])
      for (const end of ['', '/', '?x=1', '/#y'])
        for (const verb of [method, method.toLowerCase()])
          expect(exchange(`${verb} ${prefix}/${path}${end}`)).toEqual({ hints: [expected] });
  });

  it.each([
    'POST /api/v2/authz/role_assignments/global/become_admin',
    'POST /api/v2/configuration/data_product_lifecycles',
    'PUT /api/v2/data_products/p/about',
    'PUT /api/v2/data_products/p/usage',
    'POST /api/v2/data_products/p/settings/s',
    'POST /api/v2/data_products/p/output_ports',
    'PUT /api/v2/data_products/p/output_ports/o/about',
    'POST /api/v2/authz/role_assignments/output_port',
    'GET /api/v2/data_products/p',
    'PATCH /api/v2/data_products/p',
    'POST /api/v3/data_products',
    'POST /data_products',
    'POST /xapi/data_products',
    'POST /api/v2/v2/data_products',
    'DELETE /api/v2/data_products',
    'DELETE /api/v2/data_products//',
    'POST /api/v2/data_products/p//o/input_ports/approve',
    'POST /',
    'POST nonsense',
  ])('%s is noise', (call) => {
    expect(exchange(call)).toEqual({ ignored: 'a request of this kind changes no access' });
  });

  it('that the portal refused gives and takes nothing', () => {
    for (const status_code of [307, 400, 403, 404, 422, 500])
      for (const call of [APPROVE, APPROVE.replace('approve', 'revoke'), 'POST /api/data_products'])
        expect(exchange(call, { status_code, response: '{"id":"p"}' })).toEqual({
          ignored: `the portal refused the request (${status_code})`,
        });
    expect(exchange('DELETE /api/data_products/p', { status_code: 403 })).toHaveProperty('ignored');
    for (const path of ['datasets/o', 'data_products/p/output_ports/o', 'data_products/c/input_ports/o'])
      expect(exchange(`DELETE /api/${path}`, { status_code: 404 })).toHaveProperty('ignored');
  });

  it('that deletes succeeds with 200 and 202, and with 404 asks for a look', () => {
    const events = [200, 202, 404, undefined, null].map(
      (status_code) => hint('DELETE /api/data_products/p', { status_code }).event,
    );
    expect(events).toEqual(['deleted', 'deleted', 'changed', 'deleted', 'deleted']);
  });

  it('that creates, but names nothing, is ignored', () => {
    for (const response of ['', 'null', '{', '{"id":null}', '{"id":""}', '{"id":".."}', '["p"]', undefined])
      expect(exchange('POST /api/data_products', { response })).toHaveProperty('ignored');
    expect(hint('POST /api/data_products', { response: { id: 'p', namespace: 7 } })).not.toHaveProperty(
      'namespace',
    );
    const long = { id: 'p', namespace: 'n'.repeat(201) };
    expect(hint('POST /api/data_products', { response: long })).not.toHaveProperty('namespace');
    const hostile = { id: 'p', namespace: '../x\n' };
    expect(hint('POST /api/data_products', { response: hostile })).toMatchObject({ namespace: '../x\n' });
    const rename = { request: '{"namespace":"new"}' };
    expect(hint('PUT /api/data_products/p', rename)).toMatchObject({ event: 'updated', namespace: 'new' });
  });

  it('has ids that are opaque, decoded once and safe in a path', () => {
    const idIn = (segment: string) => hint(`PUT /api/v2/data_products/${segment}`)?.ref.id;
    expect(idIn('a%20b')).toBe('a b');
    expect(idIn('%C3%A9')).toBe('é');
    expect(idIn('%2541')).toBe('%41');
    expect(idIn('i'.repeat(200))).toHaveLength(200);
    const unusable = [
      '.',
      '..',
      '%2e',
      '%2E%2e',
      'a%2Fb',
      'a%5cb',
      '%00',
      'a%0Ab',
      '%',
      '%zz',
      '%ff',
      'i'.repeat(201),
    ];
    for (const segment of unusable)
      expect(exchange(`PUT /api/v2/data_products/${segment}`)).toEqual({
        ignored: 'the url has an id that cannot be used',
      });
  });

  it('with the bodies of newer portals says the same', () => {
    const file = join(import.meta.dirname, '../../fixtures/portal/newer_requests.jsonl');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => read(line).hints[0])).toEqual([
      { about: 'consumer', ref: consumer('c'), event: 'requested' },
      { about: 'consumer', ref: { kind: 'exploration', id: 'x' }, event: 'requested' },
      { about: 'product', ref: consumer('p'), event: 'created', namespace: 'sales' },
      {
        about: 'output_port',
        providerId: 'p',
        outputPortId: 'o',
        event: 'approved',
        consumer: consumer('c'),
      },
      { about: 'output_port', providerId: 'p', outputPortId: 'o', event: 'denied', consumer: consumer('c') },
      { about: 'output_port', providerId: 'p', event: 'changed' },
      { about: 'product', ref: consumer('p'), event: 'changed' },
      { about: 'owners' },
    ]);
  });

  it('has one spelling for each UUID', () => {
    const uuid = '0ef73254-2c67-4557-889c-013c952a4e1d';
    for (const spelling of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', '')])
      expect(hint(`PUT /api/v2/data_products/${spelling}`).ref.id).toBe(uuid);
    expect(hint('PUT /api/v2/data_products/Test-UUID').ref.id).toBe('Test-UUID');
  });
});

describe('an event', () => {
  it.each([
    ['data_product.event', { id: 'p' }, { about: 'product', ref: consumer('p'), event: 'changed' }],
    [
      'exploration.event',
      { id: 'x' },
      { about: 'product', ref: { kind: 'exploration', id: 'x' }, event: 'changed' },
    ],
    [
      'exploration.deleted',
      { id: 'x' },
      { about: 'product', ref: { kind: 'exploration', id: 'x' }, event: 'deleted' },
    ],
    [
      'input_port.event',
      {
        id: 'l',
        consuming_abstract_data_product_id: 'x',
        consuming_abstract_data_product_type: 'explorations',
      },
      { about: 'consumer', ref: { kind: 'exploration', id: 'x' }, event: 'changed' },
    ],
    [
      'output_port.event',
      { id: 'o', data_product_id: 'p' },
      { about: 'output_port', providerId: 'p', outputPortId: 'o', event: 'changed' },
    ],
    [
      'technical_asset.event',
      { id: 't', data_product_id: 'p' },
      { about: 'output_port', providerId: 'p', event: 'changed' },
    ],
    [
      'output_port_technical_asset_link.event',
      { id: 'l', data_product_id: 'p', output_port_id: 'o', technical_asset_id: 't' },
      { about: 'output_port', providerId: 'p', outputPortId: 'o', event: 'changed' },
    ],
    [
      'data_product_role_assignment.event',
      { id: 'r', data_product_id: 'p', user_id: 'u' },
      { about: 'product', ref: { kind: 'data_product', id: 'p' }, event: 'changed' },
    ],
  ])('%s', (type, data, expected) => {
    expect(event(type, data)).toEqual({ hints: [expected] });
  });

  it.each([
    'output_port_role_assignment.event',
    'data_product_setting_value.event',
    'data_product.created',
    'output_port.link_approved',
    'toString',
    '__proto__',
  ])('%s is ignored', (type) => {
    expect(event(type, { id: 'p', data_product_id: 'p' })).toEqual({
      ignored: 'an event of this type changes no access',
    });
  });

  it('that names nothing is ignored', () => {
    for (const data of [undefined, null, {}, { id: 7 }, { id: '..' }])
      for (const type of ['data_product.event', 'input_port.event', 'output_port.event'])
        expect(event(type, data)).toHaveProperty('ignored');
    const unknown = {
      consuming_abstract_data_product_id: 'c',
      consuming_abstract_data_product_type: 'unknown',
    };
    expect(event('input_port.event', unknown)).toHaveProperty('ignored');
  });
});
