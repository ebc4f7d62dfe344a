"""Programs that copy objects. `root` is a bucket and a prefix with a final slash."""

import os
import tempfile

from places import ENDPOINT, HOST, SECURE, beside, run


def a_file(folder):
    path = os.path.join(folder, "rows")
    with open(path, "w") as file:
        file.write("123")
    return path


class s3cmd:
    def run(self, *words):
        place = [f"--host={HOST}", f"--host-bucket={HOST}", "--ssl" if SECURE else "--no-ssl", "--region=us-east-1"]
        return run(beside("python"), beside("s3cmd"), *place, *words)

    def write(self, root):
        with tempfile.TemporaryDirectory() as folder:
            self.run("put", a_file(folder), f"s3://{root}s3cmd/rows")

    def read(self, root):
        names = [line.split()[-1] for line in self.run("ls", f"s3://{root}s3cmd/").splitlines()]
        return [len(names), self.run("get", names[0], "-")]


class rclone:
    def run(self, *words):
        remote = {"TYPE": "s3", "PROVIDER": "Minio", "ENV_AUTH": "true", "ENDPOINT": ENDPOINT, "NO_CHECK_BUCKET": "true"}
        return run(beside("rclone"), *words, **{f"RCLONE_CONFIG_LAKE_{name}": value for name, value in remote.items()})

    def write(self, root):
        with tempfile.TemporaryDirectory() as folder:
            a_file(folder)
            self.run("sync", folder, f"lake:{root}rclone")

    def read(self, root):
        names = self.run("lsf", f"lake:{root}rclone").split()
        return [len(names), self.run("cat", f"lake:{root}rclone/rows")]


class aws_cli_2:
    def run(self, *words, given=None):
        # before 2.13 it does not know AWS_ENDPOINT_URL_S3
        return run(os.environ["AWS_CLI_2"], "s3", "--endpoint-url", ENDPOINT, *words, given=given)

    def write(self, root):
        self.run("cp", "-", f"s3://{root}aws-cli/rows", given="123")

    def read(self, root):
        names = self.run("ls", f"s3://{root}aws-cli/").splitlines()
        return [len(names), self.run("cp", f"s3://{root}aws-cli/rows", "-")]


class mc:
    def run(self, *words, given=None):
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        who = ":".join(os.environ[name] for name in keys if name in os.environ)
        with tempfile.TemporaryDirectory() as folder:
            return run(os.environ["MC"], "--quiet", "--config-dir", folder, *words, given=given, MC_HOST_lake=f"http://{who}@{HOST}")

    def write(self, root):
        self.run("pipe", f"lake/{root}mc/rows", given="123")

    def read(self, root):
        names = self.run("ls", f"lake/{root}mc/").splitlines()
        return [len(names), self.run("cat", f"lake/{root}mc/rows")]


# the last two are there where the machine has them
PROGRAMS = [s3cmd, rclone, *[aws_cli_2] * ("AWS_CLI_2" in os.environ), *[mc] * ("MC" in os.environ)]
