// The floor where no MinIO call is needed: a bare HTTP server of Node that reads one row and answers it, and nothing else. A process
// of its own, as the service is. It also says what Node with a database pool weighs and how long it takes to start.
import { createServer } from 'node:http';
import pg from 'pg';

const { PORT, DATABASE_URL } = process.env;
const ROW = {
  name: 'someone',
  secret: 'x'.repeat(40),
  home: `s3a://cdm-lake/${'x'.repeat(60)}`,
  filler: 'x'.repeat(160),
};

const pool = DATABASE_URL ? new pg.Pool({ connectionString: DATABASE_URL, max: 20 }) : undefined;
if (pool) {
  await pool.query('create table if not exists floor_row (name text primary key, row jsonb not null)');
  await pool.query('insert into floor_row values ($1, $2) on conflict do nothing', [
    ROW.name,
    JSON.stringify(ROW),
  ]);
}

async function read() {
  if (!pool) return ROW;
  const query = { name: 'read', text: 'select row from floor_row where name = $1', values: [ROW.name] };
  return (await pool.query(query)).rows[0].row;
}

createServer((request, response) => {
  request.resume();
  read().then(
    (row) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(row)),
    () => response.writeHead(500).end(),
  );
}).listen(Number(PORT), '127.0.0.1');
