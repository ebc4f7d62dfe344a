MODEL (
  name data_mart.revenue_by_country,
  kind FULL,
  description 'Paid revenue of each country and month',
  grain (country, month),
  audits (
    NOT_NULL(columns = (country, month, revenue))
  )
);

SELECT
  country,
  DATE_TRUNC('MONTH', ordered_at)::DATE AS month,
  COUNT(*)::INTEGER AS orders,
  SUM(amount)::DECIMAL(12, 2) AS revenue
FROM staging.orders
WHERE
  is_paid
GROUP BY
  country,
  DATE_TRUNC('MONTH', ordered_at)
