import type { Target } from '../../parts/keys/environment.ts';

/** One tool's few lines. */
export interface Snippet {
  tool: string;
  /** `shell`, `python` or `r`. */
  language: string;
  text: string;
}

/** How each tool reads and writes the home, once the variables are set. */
export function snippetsOf(target: Target): Snippet[] {
  const url = target.home.replace(/^s3a:/, 's3:');
  const place = url.replace(/^s3:\/\//, '');
  const slash = place.indexOf('/');
  const [bucket, prefix] = [place.slice(0, slash), place.slice(slash + 1)];
  return [
    { tool: 'Python (boto3)', language: 'python', text: boto3(bucket, prefix) },
    { tool: 'pandas', language: 'python', text: pandas(url) },
    { tool: 'DuckDB', language: 'python', text: duckdb(url) },
    { tool: 'Spark', language: 'python', text: spark(target) },
    { tool: 'AWS CLI', language: 'shell', text: awsCli(url) },
    { tool: 'rclone', language: 'shell', text: rclone(target, place) },
    { tool: 'R (arrow)', language: 'r', text: arrowInR(target, place) },
  ];
}

function boto3(bucket: string, prefix: string): string {
  return `import boto3

s3 = boto3.client("s3")
s3.put_object(Bucket="${bucket}", Key="${prefix}hello.txt", Body=b"hello")
for each in s3.list_objects_v2(Bucket="${bucket}", Prefix="${prefix}")["Contents"]:
    print(each["Key"], each["Size"])`;
}

function pandas(url: string): string {
  return `# pip install pandas s3fs
import pandas

pandas.DataFrame({"crop": ["rye", "oats"]}).to_csv("${url}crops.csv", index=False)
print(pandas.read_csv("${url}crops.csv"))`;
}

function duckdb(url: string): string {
  return `# pip install duckdb s3fs
import duckdb
import s3fs

lake = duckdb.connect()
lake.register_filesystem(s3fs.S3FileSystem())
lake.sql("SELECT 'rye' AS crop").write_csv("${url}rye.csv")
print(lake.sql("SELECT * FROM read_csv('${url}rye.csv')"))`;
}

function spark({ endpoint, home }: Target): string {
  return `from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.config("spark.jars.packages", "org.apache.hadoop:hadoop-aws:3.4.1")
    .config("spark.hadoop.fs.s3a.endpoint", "${endpoint}")
    .config("spark.hadoop.fs.s3a.path.style.access", "true")
    .config(
        "spark.hadoop.fs.s3a.aws.credentials.provider",
        "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    )
    .getOrCreate()
)
spark.createDataFrame([("rye",)], ["crop"]).write.mode("overwrite").parquet("${home}crops")
spark.read.parquet("${home}crops").show()`;
}

function awsCli(url: string): string {
  return `echo hello | aws --endpoint-url "$AWS_ENDPOINT_URL_S3" s3 cp - ${url}hello.txt
aws --endpoint-url "$AWS_ENDPOINT_URL_S3" s3 ls ${url}`;
}

function rclone({ endpoint }: Target, place: string): string {
  const remote = `:s3,provider=Minio,env_auth=true,no_check_bucket=true,endpoint='${endpoint}':${place}`;
  return `echo hello | rclone rcat "${remote}hello.txt"
rclone lsf "${remote}"`;
}

function arrowInR({ endpoint, region }: Target, place: string): string {
  const [scheme = 'https', host = ''] = endpoint.split('://');
  return `library(arrow)

lake <- S3FileSystem$create(endpoint_override = "${host}", scheme = "${scheme}", region = "${region}")
write_parquet(data.frame(crop = c("rye", "oats")), lake$path("${place}crops.parquet"))
read_parquet(lake$path("${place}crops.parquet"))`;
}
