"""Pixels are worked on in processes of their own, which know no secret and reach no network.

    server process                        worker processes, one job at a time each
    pool, member  -- requests (pickle) -> worker -> bench
                  <- replies (JSON)   --
    launch        -- fork orders       -> template, which the workers are forked from

The bytes of pictures cross in memory that both sides see (`passage`). A worker is not trusted:
what comes back from it is read as plain values, never unpickled.
"""
