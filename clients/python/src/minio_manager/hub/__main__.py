"""`python -m minio_manager.hub` prints the settings."""

from .settings import MinioManager, variable

for name, trait in sorted(MinioManager.class_own_traits(config=True).items()):
    print(MinioManager.class_get_trait_help(trait))
    if from_environment := variable(name):
        print(f"    Environment: {from_environment}")
