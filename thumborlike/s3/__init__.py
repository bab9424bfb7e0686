"""What the loaders and storages in S3 have in common. `client` alone needs boto3."""
