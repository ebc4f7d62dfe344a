import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { NOW } from '../../database/sql/clock.js';
import { Database, type MinioNodeTable, type SubjectRow } from '../../database/schema.js';
import type { MinioNode } from '../../minio/minio-node.js';

export type AwayNode = Selectable<MinioNodeTable>;

/** A subject that a node may not have received. */
export type Missed = Pick<SubjectRow, 'kind' | 'name'>;

/** The minimum time that a chosen node stays in use: two replicas that each reach a different node must not switch back and forth. */
const LEAST_USE = sql`interval '10 seconds'`;

/** By then, what was applied while the node was found away is recorded. */
const SETTLED = sql`interval '10 seconds'`;

/** MinIO nodes that may have missed writes, the missed writes, and the node that takes the admin writes. */
@Injectable()
export class NodesStore {
  constructor(private readonly db: Database) {}

  /** The node is away, and may have missed what was written in the last milliseconds. */
  async away({ endpoint, unheardMs }: Pick<MinioNode, 'endpoint' | 'unheardMs'>): Promise<void> {
    const since = sql<Date>`clock_timestamp() - ${unheardMs}::float8 * interval '1 millisecond'`;
    await this.db
      .insertInto('minio_node')
      .values({ endpoint, away_since: since })
      .onConflict((conflict) =>
        conflict.column('endpoint').doUpdateSet({
          away_since: sql<Date>`least(minio_node.away_since, excluded.away_since)`,
          seen_at: NOW,
          sightings: sql<number>`minio_node.sightings + 1`,
        }),
      )
      .execute();
  }

  /** The node answers, but may have missed writes of the last seconds: MinIO notified its nodes while one was away. */
  async doubt({ endpoint, unheardMs }: Pick<MinioNode, 'endpoint' | 'unheardMs'>): Promise<void> {
    const since = sql<Date>`clock_timestamp() - ${SETTLED} - ${unheardMs}::float8 * interval '1 millisecond'`;
    await this.db
      .insertInto('minio_node')
      .values({ endpoint, away_since: since })
      .onConflict((conflict) =>
        conflict.column('endpoint').doUpdateSet({
          seen_at: NOW,
          sightings: sql<number>`minio_node.sightings + 1`,
        }),
      )
      .execute();
  }

  /** The node is away, and does not know that the subject's sessions were ended. The debt comes first: a reader sees both or neither. */
  async owe(node: Pick<MinioNode, 'endpoint' | 'unheardMs'>, subjectId: string): Promise<void> {
    const ended = { sessions_ended_at: NOW };
    await this.db.updateTable('subject').set(ended).where('id', '=', subjectId).execute();
    await this.away(node);
  }

  /** Nodes that were away and have not caught up. */
  list(): Promise<AwayNode[]> {
    return this.db.selectFrom('minio_node').selectAll().orderBy('endpoint').execute();
  }

  /** Whether any node has not caught up. */
  async any(): Promise<boolean> {
    const row = await this.db.selectFrom('minio_node').select('endpoint').limit(1).executeTakeFirst();
    return row !== undefined;
  }

  /** The database's time. */
  async now(): Promise<Date> {
    const { now } = await this.db.selectNoFrom(NOW.as('now')).executeTakeFirstOrThrow();
    return now;
  }

  /** Principals whose sessions were ended while the node was away. */
  async endedMeanwhile({ endpoint }: AwayNode): Promise<string[]> {
    const rows = await this.db
      .selectFrom('subject')
      .innerJoin('minio_node', (join) => join.on('minio_node.endpoint', '=', endpoint))
      .select('principal')
      .where('kind', '!=', 'group')
      .whereRef('sessions_ended_at', '>', sql<Date>`coalesce(told_until, away_since)`)
      .execute();
    return rows.map(({ principal }) => principal);
  }

  /** Subjects that were written while the node was away: groups first, since MinIO rewrites them when it removes a user. */
  missed({ endpoint }: AwayNode): Promise<Missed[]> {
    return this.db
      .selectFrom('subject')
      .innerJoin('minio_node', (join) => join.on('minio_node.endpoint', '=', endpoint))
      .select(['kind', 'name'])
      .whereRef('written_at', '>', 'away_since')
      .orderBy(sql`kind != 'group'`)
      .orderBy('written_at')
      .execute();
  }

  /** The node will take the admin writes although it may have missed some: the subjects of those writes are marked suspect. */
  async markMissedSuspect({ endpoint }: AwayNode): Promise<void> {
    await this.db
      .updateTable('subject')
      .set({ suspect: true, due_at: NOW })
      .where(
        sql<boolean>`written_at > (select away_since from minio_node where endpoint = ${endpoint}::text)`,
      )
      .execute();
  }

  /** The node has received all sessions that were ended before. */
  async sessionsEnded({ endpoint }: AwayNode, until: Date): Promise<void> {
    await this.db
      .updateTable('minio_node')
      .set({ told_until: until })
      .where('endpoint', '=', endpoint)
      .execute();
  }

  /** The node has received what was written until some time before, and may miss more: another node is still away. */
  async heardUntil({ endpoint, away_since }: AwayNode, until: Date): Promise<void> {
    await this.db
      .updateTable('minio_node')
      .set({ away_since: sql<Date>`greatest(away_since, ${until}::timestamptz - ${SETTLED})` })
      .where('endpoint', '=', endpoint)
      .where('away_since', '>=', away_since)
      .execute();
  }

  /** The node has caught up, unless it was found away again meanwhile. After the last one, removed names need not be kept any longer. */
  async caughtUp({ endpoint, sightings }: AwayNode): Promise<void> {
    await this.db
      .deleteFrom('minio_node')
      .where('endpoint', '=', endpoint)
      .where('sightings', '=', sightings)
      .where('seen_at', '<', sql<Date>`clock_timestamp() - ${SETTLED}`)
      .execute();
    await this.db
      .updateTable('subject')
      .set({ due_at: NOW })
      .where('status', '=', 'removed')
      .where('due_at', 'is', null)
      .where((eb) => eb.not(eb.exists(eb.selectFrom('minio_node').select('endpoint'))))
      .execute();
  }

  /** The node that takes the admin writes; `first` if none was chosen yet. */
  async admin(first: string): Promise<string> {
    const row = await this.db.selectFrom('minio_admin').select('endpoint').executeTakeFirst();
    if (row) return row.endpoint;
    await this.db
      .insertInto('minio_admin')
      .values({ endpoint: first, since: sql<Date>`clock_timestamp() - ${LEAST_USE}` })
      .onConflict((conflict) => conflict.column('one').doNothing())
      .execute();
    return this.admin(first);
  }

  /** Makes another node take the admin writes, unless another replica has just chosen one. True when this call changed it. */
  async moveAdmin(from: string, to: string): Promise<boolean> {
    const result = await this.db
      .updateTable('minio_admin')
      .set({ endpoint: to, since: NOW })
      .where('endpoint', '=', from)
      .where('since', '<=', sql<Date>`clock_timestamp() - ${LEAST_USE}`)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
}
