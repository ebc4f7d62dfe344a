MODEL (
  name staging.orders,
  kind FULL,
  description 'Orders that were paid or are still open, one row an order',
  grain order_id,
  audits (
    UNIQUE_VALUES(columns = (order_id)),
    NOT_NULL(columns = (order_id, customer, country, ordered_at, amount))
  )
);

SELECT
  order_id,
  customer,
  country,
  ordered_at,
  amount,
  status = 'paid' AS is_paid
FROM raw.orders
WHERE
  status <> 'refunded'
