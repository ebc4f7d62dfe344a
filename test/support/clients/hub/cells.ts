/** What every kernel begins with. */
export const FIRST_CELL = `
import functools, json, os, time

bucket = "cdm-lake"
home = os.environ.get("MINIO_HOME", "").removeprefix(f"s3a://{bucket}/")

@functools.cache
def s3():
    import boto3
    return boto3.Session().client("s3")

def put(key):
    s3().put_object(Bucket=bucket, Key=key, Body=b"x")

def outcome(method, **what):
    try:
        getattr(s3(), method)(Bucket=bucket, **what)
        return "ok"
    except s3().exceptions.ClientError as error:
        return error.response["Error"]["Code"]

def variables(*parts):
    return sorted(name for name in os.environ if any(part in name for part in parts))
`;
/** The names of variables that hold a key, as an expression of Python. */
export const KEYS = 'variables("ACCESS_KEY", "SECRET", "S3_KEY", "SESSION_TOKEN", "S3_TOKEN")';
