"""The image service in AWS Lambda: events in, answers out, no socket between.

`function.handler` is what Lambda calls, `streaming` a runtime that streams answers. The picture
service is the server's own (`service`); here is only what an event of each front end says, and
what its answer looks like.
"""
