"""Links of the Serverless Image Handler, both generations, as requests of ours.

v3.1 spoke Thumbor's language without `/unsafe`; v4 to v7 take base64 of JSON with edits, a short
form of Thumbor's language with `s3:bucket/` in it, and signatures in the query.
"""
