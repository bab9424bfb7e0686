"""Making results ahead of the first visitor: `thumborlike warm`.

`sources` and `sitemap` say what there is, `targets` what is to be asked for, `ways` who makes it,
`run` goes through it, `report` tells what came of it.
"""
