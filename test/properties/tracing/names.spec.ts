import { loadConfig } from '../../../src/config/load-config.js';
import { statementName } from '../../../src/database/sql/statement-span.js';
import { peersOf } from '../../../src/tracing/peers.js';

describe('the name of a statement', () => {
  it.each([
    ['select "id" from "provision" where "id" = $1', 'select', 'provision'],
    ['insert into "audit_event" ("action") values ($1)', 'insert', 'audit_event'],
    ['update "subject" set "status" = $1', 'update', 'subject'],
    ['delete from "membership" where "id" = $1', 'delete', 'membership'],
    ['with "added" as (insert into "provision" values ($1)) select * from "added"', 'insert', 'provision'],
    ['\n  with given as (select 1), x as (select * from subject) select * from x', 'select', 'subject'],
    ['select 1', 'select', 'none'],
    ['lock table subject', 'other', 'none'],
  ])('%s', (sql, operation, table) => {
    expect(statementName(sql)).toEqual({ operation, table });
  });
});

describe('the kinds of services that are called', () => {
  it('are told by where they are, and never by a name', () => {
    const peerOf = peersOf(
      loadConfig(
        {
          MINIO_ENDPOINT: 'http://minio:9000',
          MINIO_NODE_ENDPOINTS: 'http://node-1:9000,http://node-2:9000',
          MINIO_ROOT_USER: 'minioadmin',
          MINIO_ROOT_PASSWORD: 'minioadmin',
          KBASE_AUTH_URL: 'https://kbase.example.org/services/auth',
          JUPYTERHUB_API_URL: 'https://hub.example.org/hub/api',
          PORTAL_API_URL: 'http://portal:5050',
        },
        [],
      ),
    );
    const kinds = ['http://minio:9000', 'http://node-2:9000', 'https://kbase.example.org'].map(peerOf);
    expect(kinds).toEqual(['minio', 'minio', 'kbase']);
    expect(['https://hub.example.org', 'http://portal:5050'].map(peerOf)).toEqual(['jupyterhub', 'portal']);
    expect(['http://minio:9001', 'https://alice.example.org', ''].map(peerOf)).toEqual(
      Array(3).fill('other'),
    );
  });
});
