/** How to log in to the schema of a data product. Another call makes another password, and ends this one. */
export class DatabaseLoginDto {
  /**
   * Name or address of the PostgreSQL server
   * @example "db.example.org"
   */
  host!: string;

  /**
   * Its port
   * @example 5432
   */
  port!: number;

  /**
   * The database
   * @example "data_products"
   */
  database!: string;

  /**
   * The schema that the role owns; null: it owns none, and reads those of other data products
   * @example "sales"
   */
  schema!: string | null;

  /**
   * The role that logs in
   * @example "sales_owner"
   */
  user!: string;

  /**
   * Its password, which is shown only once
   * @example "2e3qg5l7tq4vjx6wnp3zk5c7ayd4hbm6uorxi2fs"
   */
  password!: string;
}
