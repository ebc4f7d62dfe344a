-- The example's input. Replace it by your own source: a seed, a file, or another product's parquet (see read_provider.py).
MODEL (
  name raw.orders,
  kind SEED (
    path '../../seeds/orders.csv'
  ),
  columns (
    order_id INTEGER,
    customer TEXT,
    country TEXT,
    ordered_at DATE,
    amount DECIMAL(10, 2),
    status TEXT
  ),
  grain order_id
);
