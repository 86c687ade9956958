"""What the embedded Bedrock tells of its jobs, a line each."""

import json
import subprocess
import sys

TELLING = """
import threading
from local.bedrock.__main__ import _tell
def tell(job):
    for _ in range(500):
        _tell({"job": str(job), "long": "x" * 300})
threads = [threading.Thread(target=tell, args=(job,)) for job in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_jobs_that_end_at_the_same_time_do_not_write_into_each_others_lines() -> None:
    command = [sys.executable, "-c", TELLING]

    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words

    assert len([json.loads(line)["event"] for line in told.splitlines()]) == 8 * 500
