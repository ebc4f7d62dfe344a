"""Libraries that read and write objects. `root` is a bucket and a prefix with a final slash."""

import io
import os
import tempfile

from places import ENDPOINT, HOST, REGION, ROWS, SECURE


class minio_py:
    def client(self):
        from minio import Minio
        from minio.credentials import ChainedProvider, EnvAWSProvider, IamAwsProvider

        return Minio(HOST, credentials=ChainedProvider([EnvAWSProvider(), IamAwsProvider()]), region=REGION, secure=SECURE)

    def write(self, root):
        bucket, _, key = root.partition("/")
        self.client().put_object(bucket, key + "minio-py/rows", io.BytesIO(b"123"), 3)

    def read(self, root):
        bucket, _, key = root.partition("/")
        names = [item.object_name for item in self.client().list_objects(bucket, key + "minio-py/")]
        return [len(names), self.client().get_object(bucket, names[0]).read().decode()]


class obstore:
    def store(self, root):
        from obstore.store import S3Store

        bucket, _, key = root.partition("/")
        return S3Store(bucket, prefix=key)

    def write(self, root):
        self.store(root).put("obstore/rows", b"123")

    def read(self, root):
        store = self.store(root)
        names = [item["path"] for batch in store.list("obstore/") for item in batch]
        return [len(names), bytes(store.get(names[0]).bytes()).decode()]


class zarr:
    def write(self, root):
        import numpy
        import zarr

        zarr.save_array(f"s3://{root}rows.zarr", numpy.array(ROWS["a"]))

    def read(self, root):
        import zarr

        return zarr.open_array(f"s3://{root}rows.zarr", mode="r")[:].tolist()


class gdal:
    def environment(self):
        import rasterio

        # its own names for endpoint and addressing; a GeoTIFF is written in any order, which S3 cannot
        place = {"AWS_S3_ENDPOINT": HOST, "AWS_HTTPS": "YES" if SECURE else "NO", "AWS_VIRTUAL_HOSTING": False}
        return rasterio.Env(**place, CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE=True)

    def write(self, root):
        import numpy
        import rasterio

        profile = {"driver": "GTiff", "width": 3, "height": 1, "count": 1, "dtype": "uint8"}
        with self.environment(), rasterio.open(f"/vsis3/{root}gdal/rows.tif", "w", **profile) as file:
            file.write(numpy.array([[ROWS["a"]]], dtype="uint8"))

    def read(self, root):
        import rasterio

        with self.environment(), rasterio.open(f"/vsis3/{root}gdal/rows.tif") as file:
            return file.read(1).tolist()


class mlflow:
    def artifacts(self, root):
        os.environ["MLFLOW_S3_ENDPOINT_URL"] = ENDPOINT
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        return get_artifact_repository(f"s3://{root}mlflow")

    def write(self, root):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rows.txt")
            with open(path, "w") as file:
                file.write("123")
            self.artifacts(root).log_artifact(path)

    def read(self, root):
        artifacts = self.artifacts(root)
        names = [file.path for file in artifacts.list_artifacts()]
        with open(artifacts.download_artifacts(names[0])) as file:
            return [len(names), file.read()]


OBJECTS = [minio_py, obstore, zarr, gdal, mlflow]
