"""Stores of objects that are no S3: Google Cloud Storage and Azure Blob Storage."""
