from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter


@request_filter(ours=True)
def attachment(job: Job, filename: str = "") -> Job:
    """Have browsers save the picture under this name; by default that of the source.

    Folders, control characters and quotes are taken out of the name, and the ending is that
    of the picture's format.
    """
    return replace(job, output=replace(job.output, attachment=filename))
