"""What commands share that ask for many pictures: asking, pacing, a journal, progress.

`warming` and `comparing` are made of it. Nothing here is loaded by the server.
"""
